// stresses: the real-time interval timer: its interval and the time it had left
#include "hazard.h"
#include <sys/time.h>

static volatile int ticks;

static void on_alarm(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    ticks++;
}

int main(void) {
    handle(SIGALRM, on_alarm, SA_RESTART);
    struct itimerval timer = {{0, 5000}, {0, 20000}}, left;
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    OK(setitimer(ITIMER_REAL, &timer, NULL));
    checkpoint_here();
    while (ticks < 1)
        let_others_block();
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + 20000000);
    checkpoint_here();
    int seen = ticks;
    while (ticks < seen + 3)
        let_others_block();
    OK(getitimer(ITIMER_REAL, &left));
    CHECK(left.it_interval.tv_sec == 0 && left.it_interval.tv_usec == 5000);
    timer = (struct itimerval){{0, 0}, {3600, 0}};
    OK(setitimer(ITIMER_REAL, &timer, NULL));
    checkpoint_here();
    OK(getitimer(ITIMER_REAL, &left));
    CHECK(left.it_interval.tv_usec == 0 && left.it_value.tv_sec > 3000 && left.it_value.tv_sec <= 3600);
    return succeed();
}
