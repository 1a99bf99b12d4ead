/* Locks of glibc that this process holds, found in a fork of it and told from what only looks like one;
 * musl's, as they look. */
#include "copies/lock_owners.h"
#include "check.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 64
#define FOUND 64
#define NEW_ID 77777

static uint8_t *memory;
static struct fp_owner found[FOUND];
static int64_t seen, unseen;

/* A fork that stands still. */
static pid_t fork_still(void) {
    pid_t pid = fork();
    CHECK(pid >= 0);
    while (pid == 0)
        pause();
    return pid;
}

static void end(pid_t pid) { CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid); }

static int64_t find_in(pid_t pid, int is_musl, const struct fp_range *ranges, int32_t count, int64_t limit) {
    int32_t ids[] = {getpid() + 100000, gettid(), 3};
    int64_t amounts[2] = {limit, 0};
    memset(found, 0, sizeof found);
    int64_t result = fp_find_lock_owners(pid, is_musl, (uint8_t *)ids, 3, (const uint8_t *)ranges, count,
                                         (uint8_t *)amounts, (uint8_t *)found, FOUND);
    seen = amounts[0];
    unseen = amounts[1];
    return result;
}

static int64_t find(pid_t pid, int is_musl) {
    const struct fp_range all = {(uint64_t)memory, (uint64_t)memory + PAGES * PAGE};
    return find_in(pid, is_musl, &all, 1, PAGES * PAGE);
}

/* At an address that a thread has in hand. */
static int64_t find_in_hand(pid_t pid, int is_musl, const void *place) {
    int32_t ids[] = {getpid() + 100000, gettid(), 3};
    const uint64_t address = (uint64_t)place;
    memset(found, 0, sizeof found);
    return fp_find_owners_in_hand(pid, is_musl, (uint8_t *)ids, 3, (const uint8_t *)&address, 1,
                                  (uint8_t *)found, FOUND);
}

static int is_found(const void *place) {
    int times = 0;
    for (int i = 0; i < FOUND; i++)
        times += found[i].address == (uint64_t)place && found[i].id == gettid() && found[i].new_id == 0;
    return times;
}

static pthread_mutex_t *mutex_at(size_t offset, int type, int robustness, int protocol) {
    pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)(memory + offset);
    pthread_mutexattr_t attributes;
    CHECK(pthread_mutexattr_init(&attributes) == 0 && pthread_mutexattr_settype(&attributes, type) == 0 &&
          pthread_mutexattr_setrobust(&attributes, robustness) == 0 &&
          pthread_mutexattr_setprotocol(&attributes, protocol) == 0 &&
          pthread_mutex_init(mutex, &attributes) == 0 && pthread_mutex_lock(mutex) == 0);
    return mutex;
}

/* At the ends of pages and of what is read at once, where a lock is not in one piece. */
static void test_glibc(void) {
    const int plain = PTHREAD_PRIO_NONE, stalled = PTHREAD_MUTEX_STALLED;
    pthread_mutex_t *recursive = mutex_at(PAGE - 8, PTHREAD_MUTEX_RECURSIVE, stalled, plain);
    pthread_mutex_t *checking = mutex_at(16 * PAGE - 16, PTHREAD_MUTEX_ERRORCHECK, stalled, plain);
    pthread_mutex_t *robust =
        mutex_at(32 * PAGE - 8, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
    pthread_mutex_t *inheriting = mutex_at(40 * PAGE, PTHREAD_MUTEX_NORMAL, stalled, PTHREAD_PRIO_INHERIT);
    pthread_mutex_t *normal = mutex_at(41 * PAGE, PTHREAD_MUTEX_NORMAL, stalled, plain);
    pthread_rwlock_t *rwlock = (pthread_rwlock_t *)(void *)(memory + 48 * PAGE - 24);
    pthread_rwlock_t *read = (pthread_rwlock_t *)(void *)(memory + 42 * PAGE);
    CHECK(pthread_mutex_lock(recursive) == 0 && pthread_rwlock_init(rwlock, NULL) == 0 &&
          pthread_rwlock_wrlock(rwlock) == 0 && pthread_rwlock_init(read, NULL) == 0 &&
          pthread_rwlock_rdlock(read) == 0);
    pid_t pid = fork_still();
    CHECK(find(pid, 0) == 5 && seen > 0 && unseen == 0);
    CHECK(is_found(&recursive->__data.__owner) == 1 && is_found(&checking->__data.__owner) == 1);
    CHECK(is_found(&inheriting->__data.__owner) == 1 && is_found(&inheriting->__data.__lock) == 1);
    CHECK(is_found(&rwlock->__data.__cur_writer) == 1);
    /* musl's have their owner elsewhere. */
    CHECK(find(pid, 1) == 0);
    CHECK(find_in_hand(pid, 0, robust) == 2);
    CHECK(is_found(&robust->__data.__owner) == 1 && is_found(&robust->__data.__lock) == 1);
    CHECK(find_in_hand(pid, 0, recursive) == 1 && is_found(&recursive->__data.__owner) == 1);
    CHECK(find_in_hand(pid, 0, rwlock) == 1 && is_found(&rwlock->__data.__cur_writer) == 1);
    CHECK(find_in_hand(pid, 0, normal) == 0 && find_in_hand(pid, 0, memory + 1) == 0);
    CHECK(find_in_hand(pid, 0, (void *)-8) == 0 && find_in_hand(pid, 1, (void *)-4) == 0);
    end(pid);
    CHECK(pthread_mutex_unlock(recursive) == 0);
    CHECK(pthread_mutex_unlock(recursive) == 0 && pthread_mutex_unlock(checking) == 0);
    CHECK(pthread_mutex_unlock(robust) == 0 && pthread_mutex_unlock(inheriting) == 0);
    CHECK(pthread_mutex_unlock(normal) == 0 && pthread_rwlock_unlock(rwlock) == 0);
    pid = fork_still();
    CHECK(find(pid, 0) == 0);
    end(pid);
}

/* A lock that is held, but for one word. */
static void test_others(void) {
    const int plain = PTHREAD_PRIO_NONE, stalled = PTHREAD_MUTEX_STALLED;
    memset(memory, 0, PAGES * PAGE);
    pthread_mutex_t *mutex = mutex_at(0, PTHREAD_MUTEX_RECURSIVE, stalled, plain);
    const pthread_mutex_t held = *mutex;
    /* Of each word a value that it has not in a held one; the owner's is another's id. */
    const uint32_t wrong[10] = {3, 70000, (uint32_t)gettid() + 1, 0, 3, 1, 1, 1, 1, 1};
    for (size_t word = 0; word < 10; word++) {
        *mutex = held;
        memcpy((uint8_t *)mutex + word * 4, &wrong[word], 4);
        pid_t pid = fork_still();
        CHECK(find(pid, 0) == 0);
        end(pid);
    }
    /* Where none can stand. */
    memset(memory, 0, PAGE);
    memcpy(memory + 4, &held, sizeof held);
    pid_t pid = fork_still();
    CHECK(find(pid, 0) == 0);
    end(pid);
    /* A record of the program's own with this thread's id. */
    memset(memory, 0, PAGE);
    for (size_t at = 0; at < 256; at += 16) {
        const int32_t id = gettid();
        memcpy(memory + at + 8, &id, sizeof id);
    }
    pid = fork_still();
    CHECK(find(pid, 0) == 0 && find(pid, 1) == 0);
    end(pid);
}

/* What can be seen of one only while it is taken or given back. */
static void test_in_between(void) {
    memset(memory, 0, PAGES * PAGE);
    pthread_mutex_t *mutex = (pthread_mutex_t *)(void *)(memory + PAGE);
    mutex->__data.__kind = 16;
    mutex->__data.__lock = gettid() | (int)0x80000000;
    pid_t pid = fork_still();
    CHECK(find(pid, 0) == 0);
    CHECK(find_in_hand(pid, 0, mutex) == 1 && is_found(&mutex->__data.__lock) == 1);
    end(pid);
    /* Taken from one who died holding it. */
    mutex->__data.__owner = 0x7fffffff;
    mutex->__data.__count = 1;
    pid = fork_still();
    CHECK(find_in_hand(pid, 0, mutex) == 1 && is_found(&mutex->__data.__lock) == 1);
    end(pid);
    mutex->__data.__owner = 0x7ffffff0;
    pid = fork_still();
    CHECK(find_in_hand(pid, 0, mutex) == 0);
    end(pid);
    /* A recursive one that has no user yet. */
    *mutex = (pthread_mutex_t){0};
    mutex->__data.__kind = 1;
    mutex->__data.__lock = 1;
    mutex->__data.__owner = gettid();
    pid = fork_still();
    CHECK(find(pid, 0) == 0 && find_in_hand(pid, 0, mutex) == 1 && is_found(&mutex->__data.__owner) == 1);
    end(pid);
}

/* What programs have everywhere: sizes of pieces of the heap, letters, small numbers. */
static void test_everyday(void) {
    const uint64_t id = (uint64_t)gettid();
    uint64_t *words = (uint64_t *)(void *)memory;
    memset(memory, 0, PAGES * PAGE);
    /* The end of one piece, a head with a size, and a record that begins with two ones. */
    words[10] = 1;
    words[11] = id;
    words[12] = 1;
    /* The same, and wide characters. */
    words[30] = 0x310000002eULL;
    words[31] = id;
    words[32] = 0x2f00000000ULL;
    words[33] = 0x7300000075ULL;
    words[34] = 0x2f00000072ULL;
    /* Numbers, most of them none. */
    for (size_t at = 512; at < 4096; at += 8)
        words[at] = at % 64 == 0 ? id | 1ULL << 32 : at % 24 == 0 ? 1 : 0;
    pid_t pid = fork_still();
    CHECK(find(pid, 0) == 0 && find(pid, 1) == 0);
    end(pid);
}

/* src/internal/pthread_impl.h and stdio_impl.h of musl. */
static void test_musl(void) {
    memset(memory, 0, PAGES * PAGE);
    const uint32_t id = (uint32_t)gettid();
    const uint64_t link = (uint64_t)memory + 64, own = (uint64_t)(memory + 16 * PAGE - 8) + 32;
    memcpy(memory + 64, &own, sizeof own);
    uint32_t *recursive = (uint32_t *)(void *)(memory + 16 * PAGE - 8);
    recursive[0] = 1;
    recursive[1] = id | 0x80000000;
    recursive[5] = 3;
    memcpy(&recursive[6], &link, sizeof link);
    memcpy(&recursive[8], &link, sizeof link);
    uint32_t *handed_on = (uint32_t *)(void *)(memory + 3 * PAGE);
    handed_on[0] = 8;
    handed_on[1] = id | 0x80000000;
    uint32_t *unlinked = (uint32_t *)(void *)(memory + 4 * PAGE);
    unlinked[0] = 1;
    unlinked[1] = id;
    uint32_t *stream = (uint32_t *)(void *)(memory + 17 * PAGE - 104);
    for (int pointer = 18; pointer <= 22; pointer += 2)
        memcpy(&stream[pointer], &link, sizeof link);
    stream[32] = 1;
    stream[35] = id | 0x40000000;
    pid_t pid = fork_still();
    CHECK(find(pid, 1) == 2);
    CHECK(is_found(&recursive[1]) == 1 && is_found(&stream[35]) == 1);
    CHECK(find_in_hand(pid, 1, &handed_on[1]) == 1 && is_found(&handed_on[1]) == 1);
    CHECK(find(pid, 0) == 0);
    end(pid);
    /* Nothing in the list says that it is there. */
    memset(memory + 64, 0, sizeof own);
    pid = fork_still();
    CHECK(find(pid, 1) == 1 && find_in_hand(pid, 1, recursive) == 1 && is_found(&recursive[1]) == 1);
    end(pid);
    memcpy(memory + 64, &own, sizeof own);
    recursive[0] = 0;
    handed_on[4] = 1;
    stream[12] = 1;
    pid = fork_still();
    CHECK(find(pid, 1) == 0);
    end(pid);
}

static void test_limits(void) {
    memset(memory, 0, PAGES * PAGE);
    for (size_t page = 0; page < PAGES; page++)
        memory[page * PAGE] = 1;
    pthread_mutex_t *last = mutex_at((PAGES - 1) * PAGE, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, 0);
    pthread_mutex_t *first = mutex_at(PAGE, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, 0);
    pid_t pid = fork_still();
    const struct fp_range low = {(uint64_t)memory, (uint64_t)memory + PAGES / 2 * PAGE};
    const struct fp_range high = {low.high, (uint64_t)memory + PAGES * PAGE};
    const struct fp_range ranges[] = {high, low};
    CHECK(find_in(pid, 0, ranges, 2, PAGES / 2 * PAGE) == 1 && is_found(&last->__data.__owner) == 1);
    CHECK(seen == PAGES / 2 * PAGE && unseen == PAGES / 2 * PAGE);
    CHECK(find(pid, 0) == 2 && is_found(&first->__data.__owner) == 1 && unseen == 0);
    int32_t id = gettid();
    int64_t amounts[2] = {PAGES * PAGE, 0};
    memset(found, 0, sizeof found);
    CHECK(fp_find_lock_owners(pid, 0, (uint8_t *)&id, 1, (const uint8_t *)ranges, 2, (uint8_t *)amounts,
                              (uint8_t *)found, 1) == 2);
    CHECK(is_found(&last->__data.__owner) == 1);
    CHECK(fp_find_lock_owners(pid, 0, (uint8_t *)&id, 0, (const uint8_t *)ranges, 2, (uint8_t *)amounts,
                              (uint8_t *)found, 1) == -EINVAL);
    end(pid);
    CHECK(find(pid, 0) == -ENOENT);
}

/* Only where the old id still is, and only the id. */
static void test_renew(void) {
    uint32_t *words = (uint32_t *)(void *)memory;
    words[0] = 0x80000000U | 5000;
    words[1] = 5000;
    words[2] = 5001;
    const struct fp_owner owners[] = {{(uint64_t)&words[0], 5000, NEW_ID},
                                      {(uint64_t)&words[1], 5000, NEW_ID},
                                      {(uint64_t)&words[2], 5000, NEW_ID},
                                      {8, 5000, NEW_ID}};
    const int64_t own = fp_open_memory(getpid());
    CHECK(own >= 0 && fp_renew_lock_owners((int32_t)own, (const uint8_t *)owners, 4) == 2);
    CHECK(words[0] == (0x80000000U | NEW_ID) && words[1] == NEW_ID && words[2] == 5001);
    fp_close((int32_t)own);
}

int main(void) {
    memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED && madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE) == 0);
    test_glibc();
    test_others();
    test_in_between();
    test_everyday();
    test_musl();
    test_limits();
    test_renew();
    puts("ok");
    return 0;
}
