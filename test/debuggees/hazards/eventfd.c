// stresses: eventfd counters, plain and as semaphores, and a thread that waits for one
#include "hazard.h"
#include <sys/eventfd.h>

static int wanted;

static void *wait_for_it(void *unused) {
    uint64_t count;
    CHECK(read(wanted, &count, sizeof count) == sizeof count && count == 9);
    return unused;
}

static uint64_t take(int file) {
    uint64_t count = 0;
    CHECK(read(file, &count, sizeof count) == sizeof count);
    return count;
}

static void add(int file, uint64_t count) { CHECK(write(file, &count, sizeof count) == sizeof count); }

int main(void) {
    uint64_t count;
    int plain = eventfd(5, EFD_NONBLOCK), semaphore = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
    CHECK((wanted = eventfd(0, 0)) >= 0);
    pthread_t thread = start(wait_for_it, NULL);
    add(plain, 1000000000007);
    add(semaphore, 3);
    let_others_block();
    checkpoint_here();
    CHECK(take(plain) == 1000000000012);
    checkpoint_here();
    CHECK(read(plain, &count, sizeof count) == -1 && errno == EAGAIN);
    CHECK(take(semaphore) == 1);
    checkpoint_here();
    CHECK(take(semaphore) == 1 && take(semaphore) == 1);
    CHECK(read(semaphore, &count, sizeof count) == -1 && errno == EAGAIN);
    add(wanted, 9);
    join(thread);
    return succeed();
}
