// stresses: a handler that compares the sender of a signal with its own process, as C libraries do
// builds: default static musl
#include "hazard.h"

static volatile int caught;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)context;
    CHECK(number == SIGUSR1 && info->si_code == SI_TKILL);
    checkpoint_here();
    CHECK(info->si_pid == getpid());
    caught++;
}

static void *send_to_itself(void *unused) {
    for (int i = 0; i < 3; i++)
        OK(pthread_kill(pthread_self(), SIGUSR1));
    return unused;
}

int main(void) {
    handle(SIGUSR1, on_signal, 0);
    send_to_itself(NULL);
    join(start(send_to_itself, NULL));
    CHECK(caught == 6);
    return succeed();
}
