// stresses: threads in sigwait, sigwaitinfo and sigtimedwait
#include "hazard.h"

static void *wait_simply(void *unused) {
    sigset_t set = set_of(SIGUSR1);
    int number;
    OK(sigwait(&set, &number));
    CHECK(number == SIGUSR1);
    return unused;
}

static void *wait_with_limit(void *unused) {
    sigset_t set = set_of(SIGRTMIN + 3);
    siginfo_t info;
    struct timespec hour = {3600, 0};
    CHECK(RETRY(sigtimedwait(&set, &info, &hour)) == SIGRTMIN + 3);
    CHECK(info.si_value.sival_int == 42 && info.si_code == SI_QUEUE);
    return unused;
}

int main(void) {
    sigset_t set = set_of(SIGUSR2);
    siginfo_t info;
    block_signal(SIGUSR1);
    block_signal(SIGUSR2);
    block_signal(SIGRTMIN + 3);
    pthread_t threads[] = {start(wait_simply, NULL), start(wait_with_limit, NULL)};
    let_others_block();
    checkpoint_here();
    struct timespec soon = {0, 20000000};
    CHECK(RETRY(sigtimedwait(&set, &info, &soon)) == -1 && errno == EAGAIN);
    OK(raise(SIGUSR2));
    checkpoint_here();
    CHECK(RETRY(sigwaitinfo(&set, &info)) == SIGUSR2);
    OK(pthread_kill(threads[0], SIGUSR1));
    OK(pthread_sigqueue(threads[1], SIGRTMIN + 3, (union sigval){.sival_int = 42}));
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
