// stresses: a descriptor of the program itself (pidfd_open), in an epoll set
#include "hazard.h"
#include <poll.h>
#include <sys/epoll.h>

int main(void) {
    int own = (int)syscall(SYS_pidfd_open, getpid(), O_NONBLOCK), set = epoll_create1(0);
    CHECK(own >= 0 && set >= 0);
    struct epoll_event event = {.events = EPOLLIN};
    OK(epoll_ctl(set, EPOLL_CTL_ADD, own, &event));
    block_signal(SIGUSR1);
    for (int round = 0; round < 3; round++) {
        checkpoint_here();
        struct pollfd ended = {own, POLLIN, 0};
        CHECK(poll(&ended, 1, 0) == 0);
        CHECK(epoll_wait(set, &event, 1, 0) == 0);
        siginfo_t info;
        sigset_t signals = set_of(SIGUSR1);
        OK(syscall(SYS_pidfd_send_signal, own, SIGUSR1, NULL, 0));
        CHECK(sigwaitinfo(&signals, &info) == SIGUSR1 && info.si_pid == getpid());
        CHECK(fcntl(own, F_GETFD) == FD_CLOEXEC && (fcntl(own, F_GETFL) & O_NONBLOCK) != 0);
    }
    return succeed();
}
