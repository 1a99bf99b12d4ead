// stresses: alarm, waited for in pause and sigsuspend; what is left of it
#include "hazard.h"
#include <sys/time.h>

static volatile int rung;

static void on_alarm(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    rung = 1;
}

int main(void) {
    handle(SIGALRM, on_alarm, 0);
    CHECK(alarm(3000) == 0);
    checkpoint_here();
    unsigned left = alarm(0);
    CHECK(left > 2000 && left <= 3000);
    checkpoint_here();
    CHECK(alarm(0) == 0);
    sigset_t none;
    sigemptyset(&none);
    block_signal(SIGALRM);
    struct itimerval soon = {{0, 0}, {0, 30000}};
    OK(setitimer(ITIMER_REAL, &soon, NULL));
    checkpoint_here();
    while (!rung)
        CHECK(sigsuspend(&none) == -1 && errno == EINTR);
    checkpoint_here();
    return succeed();
}
