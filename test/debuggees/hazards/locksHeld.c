// stresses: locks that know their owner, held by two threads while others wait, some with a time-out
// builds: default optimized static musl
#include "hazard.h"
#include <sys/mman.h>

enum kind { RECURSIVE, ERROR_CHECKING, ROBUST, INHERITING, SHARED, KINDS };

struct holding {
    pthread_mutex_t *mutexes[KINDS];
    pthread_rwlock_t rwlock;
    FILE *stream;
    pthread_t waiters[KINDS + 1];
};

// One of main's, one of a second thread's.
static struct holding holdings[2];
static pthread_mutex_t own_memory[2][KINDS];
static pthread_barrier_t barrier;
static int got;

static void make(pthread_mutex_t *mutex, enum kind kind) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes, kind == RECURSIVE || kind == SHARED ? PTHREAD_MUTEX_RECURSIVE
                                              : kind == ERROR_CHECKING || kind == INHERITING
                                                  ? PTHREAD_MUTEX_ERRORCHECK
                                                  : PTHREAD_MUTEX_NORMAL));
    if (kind == ROBUST || kind == SHARED)
        OK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    if (kind == INHERITING)
        OK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    if (kind == SHARED)
        OK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    OK(pthread_mutex_init(mutex, &attributes));
}

// The caller holds it, and it knows that.
static void is_mine(pthread_mutex_t *mutex, enum kind kind) {
    if (kind == ERROR_CHECKING || kind == INHERITING)
        CHECK(pthread_mutex_lock(mutex) == EDEADLK);
    if (kind == RECURSIVE || kind == SHARED) {
        OK(pthread_mutex_lock(mutex));
        OK(pthread_mutex_unlock(mutex));
    }
}

struct wanted {
    pthread_mutex_t *mutex;
    enum kind kind;
    int in_time;
};

static void *want(void *argument) {
    struct wanted *wanted = argument;
    struct timespec later = in_ms(CLOCK_REALTIME, 3600 * 1000);
    OK(wanted->in_time ? pthread_mutex_timedlock(wanted->mutex, &later) : pthread_mutex_lock(wanted->mutex));
    if (wanted->kind == RECURSIVE)
        checkpoint_here();
    is_mine(wanted->mutex, wanted->kind);
    __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
    OK(pthread_mutex_unlock(wanted->mutex));
    free(wanted);
    return NULL;
}

static void *want_to_read(void *rwlock) {
    OK(pthread_rwlock_rdlock(rwlock));
    __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
    OK(pthread_rwlock_unlock(rwlock));
    return NULL;
}

static void take(struct holding *holding, int in_time) {
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct wanted *wanted = malloc(sizeof *wanted);
        CHECK(wanted != NULL);
        make(holding->mutexes[kind], kind);
        OK(pthread_mutex_lock(holding->mutexes[kind]));
        *wanted = (struct wanted){holding->mutexes[kind], kind, in_time};
        holding->waiters[kind] = start(want, wanted);
    }
    OK(pthread_mutex_lock(holding->mutexes[RECURSIVE]));
    OK(pthread_rwlock_init(&holding->rwlock, NULL));
    OK(pthread_rwlock_wrlock(&holding->rwlock));
    holding->waiters[KINDS] = start(want_to_read, &holding->rwlock);
    holding->stream = fopen("/dev/null", "w");
    CHECK(holding->stream != NULL);
    flockfile(holding->stream);
}

static void give_back(struct holding *holding) {
    CHECK(fputs("written while it is locked\n", holding->stream) >= 0 && fflush(holding->stream) == 0);
    funlockfile(holding->stream);
    OK(fclose(holding->stream));
#ifdef __GLIBC__
    CHECK(pthread_rwlock_wrlock(&holding->rwlock) == EDEADLK);
#endif
    OK(pthread_rwlock_unlock(&holding->rwlock));
    OK(pthread_mutex_unlock(holding->mutexes[RECURSIVE]));
    for (enum kind kind = 0; kind < KINDS; kind++) {
        is_mine(holding->mutexes[kind], kind);
        OK(pthread_mutex_unlock(holding->mutexes[kind]));
    }
    for (int i = 0; i <= KINDS; i++)
        join(holding->waiters[i]);
}

static void *hold(void *number) {
    const int in_time = number != NULL;
    take(&holdings[in_time], in_time);
    pthread_barrier_wait(&barrier);
    let_others_block();
    checkpoint_here();
    pthread_barrier_wait(&barrier);
    give_back(&holdings[in_time]);
    return NULL;
}

int main(void) {
    pthread_mutex_t *shared =
        mmap(NULL, 2 * sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    for (int i = 0; i < 2; i++)
        for (enum kind kind = 0; kind < KINDS; kind++)
            holdings[i].mutexes[kind] = kind == SHARED ? &shared[i] : &own_memory[i][kind];
    OK(pthread_barrier_init(&barrier, NULL, 2));
    pthread_t second = start(hold, &barrier);
    hold(NULL);
    join(second);
    CHECK(got == 2 * (KINDS + 1));
    return succeed();
}
