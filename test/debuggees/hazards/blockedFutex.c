// stresses: raw futex waits: relative and absolute time limits, bit sets, requeued waiters
#include "hazard.h"
#include <linux/futex.h>

static int word, other, waiting;

static long futex(int *at, int operation, int value, const void *time, int *second, int third) {
    return syscall(SYS_futex, at, operation | FUTEX_PRIVATE_FLAG, value, time, second, third);
}

static void *wait_for_word(void *unused) {
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
        futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0);
    return unused;
}

static void *wait_relative(void *unused) {
    struct timespec hour = {3600, 0};
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
        CHECK(futex(&word, FUTEX_WAIT, 0, &hour, NULL, 0) == 0 || errno == EAGAIN);
    return unused;
}

static void *wait_absolute(void *unused) {
    struct timespec end = in_ms(CLOCK_MONOTONIC, 3600000);
    __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
        CHECK(futex(&word, FUTEX_WAIT_BITSET, 0, &end, NULL, 4) == 0 || errno == EAGAIN);
    return unused;
}

int main(void) {
    pthread_t threads[] = {start(wait_for_word, NULL), start(wait_relative, NULL),
                           start(wait_absolute, NULL)};
    while (__atomic_load_n(&waiting, __ATOMIC_SEQ_CST) < 3)
        sched_yield();
    let_others_block();
    checkpoint_here();
    // One of those that wait goes to another word, and must be found there.
    futex(&word, FUTEX_CMP_REQUEUE, 0, (void *)1, &other, 0);
    checkpoint_here();
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    struct timespec soon = {0, 20000000};
    CHECK(futex(&word, FUTEX_WAIT, 0, &soon, NULL, 0) == -1 && errno == ETIMEDOUT);
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + 20000000);
    __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
    futex(&word, FUTEX_WAKE_BITSET, 100, NULL, NULL, 3);
    futex(&word, FUTEX_WAKE_BITSET, 100, NULL, NULL, 4);
    futex(&other, FUTEX_WAKE, 100, NULL, NULL, 0);
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    return succeed();
}
