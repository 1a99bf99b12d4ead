// stresses: a thread in pause, which returns when a handler has run and not before
#include "hazard.h"

static volatile int handled, returned;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    handled++;
}

static void *wait_in_pause(void *unused) {
    for (int i = 0; i < 3; i++) {
        CHECK(pause() == -1 && errno == EINTR);
        returned++;
        CHECK(returned <= handled);
    }
    return unused;
}

int main(void) {
    handle(SIGUSR1, on_signal, SA_RESTART);
    pthread_t thread = start(wait_in_pause, NULL);
    for (int i = 0; i < 3; i++) {
        if (i % 2 == 0) {
            let_others_block();
            checkpoint_here();
        }
        // Sent again until one has come while the thread was in pause.
        while (returned <= i) {
            OK(pthread_kill(thread, SIGUSR1));
            let_others_block();
        }
    }
    join(thread);
    return succeed();
}
