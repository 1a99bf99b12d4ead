// stresses: signals pending for the process, with their data: who sent them, with what
#include "hazard.h"

static siginfo_t take(int number) {
    sigset_t set = set_of(number);
    siginfo_t info;
    CHECK(RETRY(sigtimedwait(&set, &info, &(struct timespec){0, 0})) == number);
    return info;
}

static void *take_shared(void *unused) {
    CHECK(take(SIGUSR1).si_code == SI_USER);
    checkpoint_here();
    siginfo_t info = take(SIGTERM);
    CHECK(info.si_code == SI_QUEUE && info.si_value.sival_ptr == (void *)0x1122334455667788);
    CHECK(info.si_uid == getuid());
    return unused;
}

int main(void) {
    sigset_t pending;
    block_signal(SIGUSR1);
    block_signal(SIGTERM);
    block_signal(SIGUSR2);
    OK(kill(getpid(), SIGUSR1));
    OK(kill(getpid(), SIGUSR1));
    OK(sigqueue(getpid(), SIGTERM, (union sigval){.sival_ptr = (void *)0x1122334455667788}));
    checkpoint_here();
    join(start(take_shared, NULL));
    OK(sigpending(&pending));
    CHECK(!sigismember(&pending, SIGUSR1) && !sigismember(&pending, SIGTERM));
    OK(kill(getpid(), SIGUSR2));
    checkpoint_here();
    // To be ignored is to be forgotten.
    signal(SIGUSR2, SIG_IGN);
    OK(sigpending(&pending));
    CHECK(!sigismember(&pending, SIGUSR2));
    return succeed();
}
