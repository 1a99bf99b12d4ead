// stresses: pthread_key values and their destructors, which run at a thread's end
// builds: default musl muslDynamic
#include "hazard.h"

static pthread_key_t key, second;
static int destroyed, again;

static void destroy(void *value) {
    CHECK(*(int *)value == 5);
    checkpoint_here();
    free(value);
    __atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void set_once_more(void *value) {
    __atomic_add_fetch(&again, 1, __ATOMIC_SEQ_CST);
    if (value == (void *)1)
        OK(pthread_setspecific(second, (void *)2));
}

static void *use(void *unused) {
    int *value = malloc(sizeof *value);
    *value = 4;
    OK(pthread_setspecific(key, value));
    OK(pthread_setspecific(second, (void *)1));
    let_others_block();
    checkpoint_here();
    CHECK(pthread_getspecific(key) == value);
    ++*(int *)pthread_getspecific(key);
    return unused;
}

int main(void) {
    OK(pthread_key_create(&key, destroy));
    OK(pthread_key_create(&second, set_once_more));
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        threads[i] = start(use, NULL);
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK(destroyed == 3 && again == 6);
    CHECK(pthread_getspecific(key) == NULL);
    return succeed();
}
