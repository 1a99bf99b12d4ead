// stresses: an error-checking mutex: relocking is EDEADLK, unlocking another's is EPERM
// builds: default static musl
#include "hazard.h"

static pthread_mutex_t mutex;
static int tried;

static void *try_another(void *unused) {
    CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    __atomic_store_n(&tried, 1, __ATOMIC_SEQ_CST);
    OK(pthread_mutex_lock(&mutex));
    checkpoint_here();
    CHECK(pthread_mutex_lock(&mutex) == EDEADLK);
    OK(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK));
    OK(pthread_mutex_init(&mutex, &attributes));
    OK(pthread_mutex_lock(&mutex));
    pthread_t thread = start(try_another, NULL);
    while (!__atomic_load_n(&tried, __ATOMIC_SEQ_CST))
        let_others_block();
    checkpoint_here();
    CHECK(pthread_mutex_lock(&mutex) == EDEADLK);
    OK(pthread_mutex_unlock(&mutex));
    join(thread);
    CHECK(pthread_mutex_unlock(&mutex) == EPERM);
    return succeed();
}
