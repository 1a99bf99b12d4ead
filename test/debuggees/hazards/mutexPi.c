// stresses: a priority-inheriting mutex, whose waiters the kernel keeps
// builds: default static musl
#include "hazard.h"

static pthread_mutex_t mutex;
static int counter;

static void *add(void *unused) {
    for (int i = 0; i < 5; i++) {
        OK(pthread_mutex_lock(&mutex));
        counter++;
        if (i % 2 == 0)
            checkpoint_here();
        OK(pthread_mutex_unlock(&mutex));
    }
    return unused;
}

int main(void) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    OK(pthread_mutex_init(&mutex, &attributes));
    OK(pthread_mutex_lock(&mutex));
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(add, NULL);
    let_others_block();
    checkpoint_here();
    OK(pthread_mutex_unlock(&mutex));
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK(counter == 15);
    return succeed();
}
