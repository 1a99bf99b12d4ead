// stresses: a read-write lock with readers inside and a writer waiting, and the other way round
// builds: default static
#include "hazard.h"

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static volatile int a, b;

static void *read_both(void *unused) {
    for (int i = 0; i < 20; i++) {
        OK(pthread_rwlock_rdlock(&lock));
        int first = a;
        if (i == 10)
            checkpoint_here();
        CHECK(first == b);
        OK(pthread_rwlock_unlock(&lock));
    }
    return unused;
}

static void *write_both(void *unused) {
    for (int i = 0; i < 20; i++) {
        OK(pthread_rwlock_wrlock(&lock));
        a++;
        if (i % 10 == 5)
            checkpoint_here();
        b++;
        OK(pthread_rwlock_unlock(&lock));
    }
    return unused;
}

int main(void) {
    OK(pthread_rwlock_rdlock(&lock));
    pthread_t threads[] = {start(write_both, NULL), start(write_both, NULL), start(read_both, NULL),
                           start(read_both, NULL)};
    let_others_block();
    CHECK(pthread_rwlock_trywrlock(&lock) == EBUSY);
    checkpoint_here();
    OK(pthread_rwlock_unlock(&lock));
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK(a == 40 && b == 40);
    OK(pthread_rwlock_wrlock(&lock));
    return succeed();
}
