// stresses: nanosleep, in the leader and in other threads: no sleep ends too early
// builds: default static musl muslDynamic
#include "hazard.h"

static void *sleep_ms(void *ms) {
    struct timespec time = timespec_of((intptr_t)ms * 1000000);
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    OK(nanosleep(&time, NULL));
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + (intptr_t)ms * 1000000);
    return NULL;
}

int main(void) {
    pthread_t threads[] = {start(sleep_ms, (void *)40), start(sleep_ms, (void *)60)};
    let_others_block();
    checkpoint_here();
    sleep_ms((void *)50);
    checkpoint_here();
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
