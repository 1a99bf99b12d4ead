// A timer that was unset, but for its interval, does not expire.
#include <poll.h>
#include <stdio.h>
#include <sys/timerfd.h>

void first(void) { __asm__ volatile("" ::: "memory"); }

int main(void) {
    const struct itimerspec unset = {{0, 20000000}, {0, 0}}, often = {{0, 20000000}, {10, 0}};
    struct pollfd timer = {timerfd_create(CLOCK_MONOTONIC, 0), POLLIN, 0};
    if (timerfd_settime(timer.fd, 0, &often, NULL) != 0 || timerfd_settime(timer.fd, 0, &unset, NULL) != 0)
        return 1;
    first();
    if (poll(&timer, 1, 100) == 0)
        puts("EXIT-SUCCESS");
    return 0;
}
