// stresses: POSIX timers with SIGEV_SIGNAL: their ids, values, intervals, and what they had left
// builds: default static
#include "hazard.h"

static volatile int calls[2];

static void on_timer(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK(info->si_code == SI_TIMER);
    int value = info->si_value.sival_int;
    CHECK(value == 70 || value == 71);
    calls[value - 70]++;
}

static timer_t make(clockid_t clock, int value) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
    event.sigev_value.sival_int = value;
    OK(timer_create(clock, &event, &timer));
    return timer;
}

static void wait_for_calls(int which, int wanted) {
    while (calls[which] < wanted)
        let_others_block();
}

int main(void) {
    handle(SIGRTMIN + 1, on_timer, SA_RESTART);
    // A timer that is deleted leaves a gap in the ids.
    timer_t first = make(CLOCK_MONOTONIC, 70), gap = make(CLOCK_MONOTONIC, 0),
            second = make(CLOCK_REALTIME, 71);
    struct itimerspec often = {{0, 4000000}, {0, 10000000}}, once = {{0, 0}, {0, 30000000}}, left;
    OK(timer_delete(gap));
    OK(timer_settime(first, 0, &often, NULL));
    OK(timer_settime(second, 0, &once, NULL));
    checkpoint_here();
    wait_for_calls(0, 2);
    checkpoint_here();
    wait_for_calls(1, 1);
    wait_for_calls(0, calls[0] + 2);
    OK(timer_gettime(first, &left));
    CHECK(left.it_interval.tv_nsec == 4000000 && left.it_interval.tv_sec == 0);
    OK(timer_gettime(second, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0 && calls[1] == 1);
    struct itimerspec hour = {{60, 0}, {3600, 0}};
    OK(timer_settime(second, 0, &hour, NULL));
    checkpoint_here();
    OK(timer_gettime(second, &left));
    CHECK(left.it_value.tv_sec > 3000 && left.it_value.tv_sec <= 3600 && left.it_interval.tv_sec == 60);
    OK(timer_delete(first));
    OK(timer_delete(second));
    checkpoint_here();
    CHECK(timer_gettime(second, &left) == -1 && errno == EINVAL);
    return succeed();
}
