// stresses: timerfd: the time left, the interval, and expirations that have not been read
#include "hazard.h"
#include <sys/timerfd.h>

int main(void) {
    int timer = timerfd_create(CLOCK_MONOTONIC, 0), polled = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    CHECK(timer >= 0 && polled >= 0);
    struct itimerspec often = {{0, 5000000}, {0, 20000000}}, hour = {{7, 0}, {3600, 0}}, left;
    uint64_t count = 0, more = 0;
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    OK(timerfd_settime(timer, 0, &often, NULL));
    OK(timerfd_settime(polled, 0, &hour, NULL));
    checkpoint_here();
    CHECK(read(timer, &count, sizeof count) == sizeof count && count >= 1);
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + 20000000);
    checkpoint_here();
    CHECK(read(polled, &more, sizeof more) == -1 && errno == EAGAIN);
    OK(timerfd_gettime(polled, &left));
    CHECK(left.it_value.tv_sec > 3000 && left.it_value.tv_sec <= 3600 && left.it_interval.tv_sec == 7);
    struct timespec while_it_counts = {0, 25000000};
    OK(nanosleep(&while_it_counts, NULL));
    checkpoint_here();
    CHECK(read(timer, &count, sizeof count) == sizeof count && count >= 3);
    OK(timerfd_settime(timer, 0, &(struct itimerspec){{0, 0}, {0, 0}}, NULL));
    checkpoint_here();
    OK(timerfd_gettime(timer, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    return succeed();
}
