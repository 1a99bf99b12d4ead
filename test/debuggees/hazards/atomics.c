// stresses: threads that never enter the kernel: a lock and a hand-over made of atomics alone
// builds: default optimized
#include "hazard.h"

enum { THREADS = 3, TURNS = 300 };
static int lock, inside, total;

static void *take_turns(void *number) {
    for (int i = 0; i < TURNS; i++) {
        int open = 0;
        for (int spins = 0;
             !__atomic_compare_exchange_n(&lock, &open, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED); spins++) {
            open = 0;
            if (spins % 64 == 63)
                sched_yield();
        }
        CHECK(inside++ == 0);
        total++;
        if (number == NULL && i % 100 == 50)
            checkpoint_here();
        inside--;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        threads[i] = start(take_turns, (void *)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(total == THREADS * TURNS);
    return succeed();
}
