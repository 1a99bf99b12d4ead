// stresses: real-time signals that wait in order: the lowest number first, the oldest of it first
#include "hazard.h"

static int order[20], count;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    if (count % 3 == 0)
        checkpoint_here();
    order[count++] = (number - SIGRTMIN) * 10 + info->si_value.sival_int;
}

int main(void) {
    sigset_t set, old;
    sigemptyset(&set);
    for (int i = 0; i < 3; i++) {
        // While one is handled the others wait, so that the handlers run one after another.
        struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
        sigfillset(&action.sa_mask);
        OK(sigaction(SIGRTMIN + i, &action, NULL));
        sigaddset(&set, SIGRTMIN + i);
    }
    OK(pthread_sigmask(SIG_BLOCK, &set, &old));
    for (int value = 0; value < 3; value++)
        for (int i = 2; i >= 0; i--)
            OK(sigqueue(getpid(), SIGRTMIN + i, (union sigval){.sival_int = value}));
    checkpoint_here();
    OK(pthread_sigmask(SIG_SETMASK, &old, NULL));
    static const int expected[] = {0, 1, 2, 10, 11, 12, 20, 21, 22};
    CHECK(count == 9 && memcmp(order, expected, sizeof expected) == 0);
    return succeed();
}
