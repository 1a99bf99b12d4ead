// stresses: asynchronous cancellation of a thread that computes
// builds: default musl
#include "hazard.h"

static volatile long turns[2];
static volatile int ready;

static void *spin(void *place) {
    OK(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL));
    __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
    for (;;)
        ++*(volatile long *)place;
    return NULL;
}

int main(void) {
    pthread_t threads[] = {start(spin, (void *)&turns[0]), start(spin, (void *)&turns[1])};
    while (ready < 2 || turns[0] == 0 || turns[1] == 0)
        sched_yield();
    checkpoint_here();
    OK(pthread_cancel(threads[0]));
    CHECK(join(threads[0]) == PTHREAD_CANCELED);
    long stopped = turns[0], other = turns[1];
    checkpoint_here();
    while (turns[1] == other)
        sched_yield();
    CHECK(turns[0] == stopped);
    OK(pthread_cancel(threads[1]));
    CHECK(join(threads[1]) == PTHREAD_CANCELED);
    return succeed();
}
