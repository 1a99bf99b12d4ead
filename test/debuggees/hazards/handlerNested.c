// stresses: a signal handler interrupted by another handler, three deep
#include "hazard.h"

static volatile int depth, deepest, calls;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    double held = depth * 1.5;
    calls++;
    if (++depth > deepest)
        deepest = depth;
    checkpoint_here();
    if (number == SIGUSR1)
        raise(SIGUSR2);
    else if (number == SIGUSR2)
        raise(SIGTERM);
    checkpoint_here();
    depth--;
    CHECK(held == depth * 1.5);
    errno = 5;
}

int main(void) {
    handle(SIGUSR1, on_signal, 0);
    handle(SIGUSR2, on_signal, 0);
    handle(SIGTERM, on_signal, 0);
    for (int i = 0; i < 2; i++)
        OK(raise(SIGUSR1));
    CHECK(depth == 0 && deepest == 3 && calls == 6);
    sigset_t mask;
    OK(pthread_sigmask(SIG_BLOCK, NULL, &mask));
    CHECK(!sigismember(&mask, SIGUSR1) && !sigismember(&mask, SIGUSR2) && !sigismember(&mask, SIGTERM));
    return succeed();
}
