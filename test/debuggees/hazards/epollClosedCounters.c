// stresses: eventfd, timerfd, signalfd and an epoll set that are closed while an epoll set has them
#include "hazard.h"
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static int set;

static void add(int to, int file, uint64_t value) {
    struct epoll_event event = {EPOLLIN, {.u64 = value}};
    CHECK(file >= 0);
    OK(epoll_ctl(to, EPOLL_CTL_ADD, file, &event));
}

// The values of what is ready now, as bits.
static int ready(void) {
    struct epoll_event events[8];
    int bits = 0;
    long count = RETRY(epoll_wait(set, events, 8, 0));
    for (long i = 0; i < count; i++)
        bits |= 1 << events[i].data.u64;
    return bits;
}

int main(void) {
    const struct itimerspec soon = {.it_value = {0, 1}};
    const sigset_t user = set_of(SIGUSR1);
    block_signal(SIGUSR1);
    int counter = eventfd(1, 0), again = dup(counter), timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int signals = signalfd(-1, &user, SFD_NONBLOCK), inner = epoll_create1(0), kept = eventfd(1, 0);
    set = epoll_create1(0);
    OK(timerfd_settime(timer, 0, &soon, NULL));
    OK(raise(SIGUSR1));
    add(inner, kept, 0);
    add(set, counter, 1);
    add(set, timer, 2);
    add(set, signals, 3);
    add(set, inner, 4);
    while (ready() != 30)
        let_others_block();
    checkpoint_here();
    OK(close(timer));
    checkpoint_here();
    CHECK(ready() == 26);
    OK(close(signals));
    OK(close(inner));
    OK(close(again));
    checkpoint_here();
    CHECK(ready() == 2);
    CHECK((fcntl(counter, F_GETFD) & FD_CLOEXEC) == 0);
    OK(close(counter));
    checkpoint_here();
    CHECK(ready() == 0);
    return succeed();
}
