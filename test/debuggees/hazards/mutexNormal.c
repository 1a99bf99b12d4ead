// stresses: a normal mutex held by one thread while others wait for it
// builds: default static musl muslDynamic optimized
#include "hazard.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int counter;

static void *add(void *unused) {
    for (int i = 0; i < 20; i++) {
        OK(pthread_mutex_lock(&mutex));
        int seen = counter;
        if (i % 10 == 0)
            checkpoint_here();
        counter = seen + 1;
        OK(pthread_mutex_unlock(&mutex));
    }
    return unused;
}

int main(void) {
    pthread_t threads[4];
    OK(pthread_mutex_lock(&mutex));
    for (int i = 0; i < 4; i++)
        threads[i] = start(add, NULL);
    let_others_block();
    checkpoint_here();
    OK(pthread_mutex_unlock(&mutex));
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK(counter == 80);
    OK(pthread_mutex_trylock(&mutex));
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    return succeed();
}
