// stresses: a robust mutex whose holder dies: the kernel finds it by the thread's robust list
// builds: default static musl
#include "hazard.h"

static pthread_mutex_t mutex;
static volatile int held;

static void *die_holding(void *unused) {
    OK(pthread_mutex_lock(&mutex));
    held = 1;
    checkpoint_here();
    let_others_block();
    return unused;
}

int main(void) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    OK(pthread_mutex_init(&mutex, &attributes));
    for (int round = 0; round < 3; round++) {
        held = 0;
        pthread_t thread = start(die_holding, NULL);
        while (!held)
            sched_yield();
        checkpoint_here();
        CHECK(pthread_mutex_lock(&mutex) == EOWNERDEAD);
        checkpoint_here();
        OK(pthread_mutex_consistent(&mutex));
        OK(pthread_mutex_unlock(&mutex));
        join(thread);
    }
    return succeed();
}
