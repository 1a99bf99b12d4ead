// Waits for the edges of two timers that are due within the next milliseconds: one that is lost is never told of again.
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

volatile long rounds;

static struct timespec soon(void) { return (struct timespec){0, 100000 + rand() % 2500000}; }

static void set_timer(int timer, int repeats) {
    struct itimerspec time = {{0, 0}, soon()};
    if (repeats)
        time.it_interval = soon();
    if (timerfd_settime(timer, 0, &time, NULL) != 0)
        _exit(1);
}

int main(void) {
    int set = epoll_create1(0), timers[2], told[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = i};
        timers[i] = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
        if (epoll_ctl(set, EPOLL_CTL_ADD, timers[i], &event) != 0)
            return 1;
        set_timer(timers[i], i);
    }
    for (;;) {
        struct epoll_event event;
        uint64_t count;
        if (epoll_wait(set, &event, 1, -1) != 1)
            return 2;
        const int which = event.data.fd;
        while (read(timers[which], &count, sizeof count) == sizeof count) {
            told[which] = 1;
            set_timer(timers[which], which);
        }
        if (told[0] && told[1]) {
            told[0] = told[1] = 0;
            rounds++;
        }
    }
}
