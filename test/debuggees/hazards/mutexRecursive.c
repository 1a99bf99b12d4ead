// stresses: a recursive mutex held twice, whose owner is known by its thread id
// builds: default static musl
#include "hazard.h"

static pthread_mutex_t mutex;
static int counter;

static void *add(void *unused) {
    for (int i = 0; i < 3; i++) {
        OK(pthread_mutex_lock(&mutex));
        OK(pthread_mutex_lock(&mutex));
        checkpoint_here();
        OK(pthread_mutex_lock(&mutex));
        counter++;
        OK(pthread_mutex_unlock(&mutex));
        OK(pthread_mutex_unlock(&mutex));
        OK(pthread_mutex_unlock(&mutex));
        CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    }
    return unused;
}

int main(void) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE));
    OK(pthread_mutex_init(&mutex, &attributes));
    pthread_t threads[3];
    OK(pthread_mutex_lock(&mutex));
    for (int i = 0; i < 3; i++)
        threads[i] = start(add, NULL);
    let_others_block();
    checkpoint_here();
    OK(pthread_mutex_lock(&mutex));
    OK(pthread_mutex_unlock(&mutex));
    OK(pthread_mutex_unlock(&mutex));
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK(counter == 9);
    return succeed();
}
