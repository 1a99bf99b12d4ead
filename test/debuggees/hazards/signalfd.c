// stresses: signalfd: signals that wait to be read, a changed mask
#include "hazard.h"
#include <sys/signalfd.h>

static struct signalfd_siginfo take(int file) {
    struct signalfd_siginfo info;
    CHECK(read(file, &info, sizeof info) == sizeof info);
    return info;
}

int main(void) {
    struct signalfd_siginfo none;
    sigset_t set = set_of(SIGUSR1);
    block_signal(SIGUSR1);
    block_signal(SIGRTMIN);
    int file = signalfd(-1, &set, SFD_NONBLOCK);
    CHECK(file >= 0);
    OK(raise(SIGUSR1));
    for (int i = 0; i < 2; i++)
        OK(sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 50 + i}));
    checkpoint_here();
    CHECK(take(file).ssi_signo == SIGUSR1);
    CHECK(read(file, &none, sizeof none) == -1 && errno == EAGAIN);
    sigaddset(&set, SIGRTMIN);
    CHECK(signalfd(file, &set, 0) == file);
    checkpoint_here();
    for (int i = 0; i < 2; i++) {
        struct signalfd_siginfo info = take(file);
        CHECK(info.ssi_signo == (unsigned)SIGRTMIN && info.ssi_int == 50 + i);
        checkpoint_here();
    }
    CHECK(read(file, &none, sizeof none) == -1 && errno == EAGAIN);
    return succeed();
}
