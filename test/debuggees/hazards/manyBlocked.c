// stresses: 64 threads that wait for one condition
#include "hazard.h"

enum { THREADS = 64 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int waiting, go, woken;

static void *wait_for_go(void *unused) {
    OK(pthread_mutex_lock(&mutex));
    waiting++;
    while (!go)
        OK(pthread_cond_wait(&condition, &mutex));
    woken++;
    OK(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(wait_for_go, NULL);
    OK(pthread_mutex_lock(&mutex));
    while (waiting < THREADS) {
        OK(pthread_mutex_unlock(&mutex));
        sched_yield();
        OK(pthread_mutex_lock(&mutex));
    }
    checkpoint_here();
    go = 1;
    OK(pthread_cond_broadcast(&condition));
    checkpoint_here();
    OK(pthread_mutex_unlock(&mutex));
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(woken == THREADS);
    return succeed();
}
