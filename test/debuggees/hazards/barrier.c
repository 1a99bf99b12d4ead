// stresses: a barrier that threads wait at, in several rounds
// builds: default musl muslDynamic
#include "hazard.h"

enum { THREADS = 4, ROUNDS = 4 };
static pthread_barrier_t barrier;
static int arrived[ROUNDS], leaders[ROUNDS];

static void *walk(void *number) {
    for (int round = 0; round < ROUNDS; round++) {
        __atomic_add_fetch(&arrived[round], 1, __ATOMIC_SEQ_CST);
        if ((intptr_t)number == round)
            checkpoint_here();
        int result = pthread_barrier_wait(&barrier);
        CHECK(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
        if (result != 0)
            __atomic_add_fetch(&leaders[round], 1, __ATOMIC_SEQ_CST);
        CHECK(__atomic_load_n(&arrived[round], __ATOMIC_SEQ_CST) == THREADS);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    OK(pthread_barrier_init(&barrier, NULL, THREADS));
    for (intptr_t i = 0; i < THREADS; i++)
        threads[i] = start(walk, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    for (int round = 0; round < ROUNDS; round++)
        CHECK(leaders[round] == 1);
    return succeed();
}
