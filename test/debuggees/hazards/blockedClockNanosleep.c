// stresses: clock_nanosleep to a point in time and for a while, by three clocks
#include "hazard.h"

static void *sleep_until(void *clock) {
    clockid_t by = (clockid_t)(intptr_t)clock;
    struct timespec end = in_ms(by, 40);
    int64_t end_ns = end.tv_sec * INT64_C(1000000000) + end.tv_nsec;
    OK(clock_nanosleep(by, TIMER_ABSTIME, &end, NULL));
    CHECK(now_ns(by) >= end_ns);
    return NULL;
}

static void *sleep_for(void *clock) {
    clockid_t by = (clockid_t)(intptr_t)clock;
    int64_t begin = now_ns(by);
    struct timespec time = {0, 40000000};
    OK(clock_nanosleep(by, 0, &time, NULL));
    CHECK(now_ns(by) >= begin + 40000000);
    return NULL;
}

int main(void) {
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
    pthread_t threads[6];
    for (int i = 0; i < 3; i++) {
        threads[i] = start(sleep_until, (void *)(intptr_t)clocks[i]);
        threads[i + 3] = start(sleep_for, (void *)(intptr_t)clocks[i]);
    }
    let_others_block();
    checkpoint_here();
    sleep_for((void *)CLOCK_MONOTONIC);
    for (int i = 0; i < 6; i++)
        join(threads[i]);
    return succeed();
}
