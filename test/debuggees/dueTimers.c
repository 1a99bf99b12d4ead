// Waits for one timer after the other, each of which is due within the next milliseconds.
#include <stdint.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

volatile long rounds;

static struct timespec soon(void) { return (struct timespec){0, 100000 + rand() % 2500000}; }

int main(void) {
    int periodic = timerfd_create(CLOCK_MONOTONIC, 0), single = timerfd_create(CLOCK_MONOTONIC, 0);
    uint64_t count;
    for (;; rounds++) {
        const struct itimerspec often = {soon(), soon()}, once = {{0, 0}, soon()};
        if (timerfd_settime(periodic, 0, &often, NULL) != 0 || timerfd_settime(single, 0, &once, NULL) != 0)
            return 1;
        if (read(periodic, &count, sizeof count) != sizeof count || count < 1)
            return 2;
        if (read(single, &count, sizeof count) != sizeof count || count != 1)
            return 3;
    }
}
