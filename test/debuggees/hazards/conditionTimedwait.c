// stresses: pthread_cond_timedwait by both clocks: one that times out, one that is woken
#include "hazard.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t by_realtime = PTHREAD_COND_INITIALIZER, by_monotonic;
static int go;

static void *wait_long(void *condition) {
    struct timespec end = in_ms(condition == &by_realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, 3600000);
    OK(pthread_mutex_lock(&mutex));
    while (!go)
        OK(pthread_cond_timedwait(condition, &mutex, &end));
    OK(pthread_mutex_unlock(&mutex));
    return NULL;
}

static void time_out(pthread_cond_t *condition, clockid_t clock) {
    struct timespec end = in_ms(clock, 20);
    int64_t end_ns = end.tv_sec * INT64_C(1000000000) + end.tv_nsec;
    int error = 0;
    checkpoint_here();
    OK(pthread_mutex_lock(&mutex));
    while (error == 0)
        error = pthread_cond_timedwait(condition, &mutex, &end);
    CHECK(error == ETIMEDOUT);
    CHECK(now_ns(clock) >= end_ns);
    OK(pthread_mutex_unlock(&mutex));
}

int main(void) {
    pthread_condattr_t attributes;
    OK(pthread_condattr_init(&attributes));
    OK(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    OK(pthread_cond_init(&by_monotonic, &attributes));
    pthread_t threads[] = {start(wait_long, &by_realtime), start(wait_long, &by_monotonic)};
    let_others_block();
    time_out(&by_realtime, CLOCK_REALTIME);
    time_out(&by_monotonic, CLOCK_MONOTONIC);
    checkpoint_here();
    OK(pthread_mutex_lock(&mutex));
    go = 1;
    OK(pthread_cond_broadcast(&by_realtime));
    OK(pthread_cond_broadcast(&by_monotonic));
    OK(pthread_mutex_unlock(&mutex));
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
