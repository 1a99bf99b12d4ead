// stresses: siglongjmp out of handlers, and the mask that it puts back
#include "hazard.h"
#include <setjmp.h>

static sigjmp_buf place;
static volatile int jumps;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    checkpoint_here();
    siglongjmp(place, 3);
}

int main(void) {
    handle(SIGUSR1, on_signal, 0);
    for (volatile int i = 0; i < 4; i++) {
        int value = sigsetjmp(place, 1);
        if (value == 0) {
            raise(SIGUSR1);
            CHECK(!"reached");
        }
        CHECK(value == 3);
        jumps++;
        sigset_t mask;
        OK(pthread_sigmask(SIG_BLOCK, NULL, &mask));
        CHECK(!sigismember(&mask, SIGUSR1));
    }
    CHECK(jumps == 4);
    return succeed();
}
