// Takes a lock of each kind that knows its owner and gives it back, between `begin` and `end`; holds another
// all the while. Argument: MiB of memory that it fills besides.
#define _GNU_SOURCE
#include "kept.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OK(call)                                                                                             \
    do {                                                                                                     \
        int result_ = (call);                                                                                \
        if (result_ != 0) {                                                                                  \
            dprintf(1, "FAILED %s: %d\n", #call, result_);                                                   \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static pthread_mutex_t recursive, error_checking, robust, inheriting, both;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void make(pthread_mutex_t *mutex, int type, int robustness, int protocol) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes, type));
    OK(pthread_mutexattr_setrobust(&attributes, robustness));
    OK(pthread_mutexattr_setprotocol(&attributes, protocol));
    OK(pthread_mutex_init(mutex, &attributes));
}

static volatile sig_atomic_t caught;

static void on_signal(int number) { caught += number == SIGURG; }

__attribute__((noinline)) void begin(void) { __asm__ volatile(""); }
__attribute__((noinline)) void end(void) { __asm__ volatile(""); }

static int lock(void *mutex) { return pthread_mutex_lock(mutex); }
static int unlock(void *mutex) { return pthread_mutex_unlock(mutex); }
static int lock_to_write(void *rwlock_) { return pthread_rwlock_wrlock(rwlock_); }
static int unlock_written(void *rwlock_) { return pthread_rwlock_unlock(rwlock_); }

static void take_all(void) {
    // A number of the program's own, which happens to be its id.
    const long number = syscall(SYS_gettid);
    OK(kept(number, 1, lock, &recursive));
    OK(kept(1, number, lock, &recursive));
    OK(kept(number, 1, unlock, &recursive));
    OK(kept(1, number, unlock, &recursive));
    OK(kept(number, 1, lock, &error_checking));
    OK(kept(1, number, unlock, &error_checking));
    OK(kept(number, 1, lock, &robust));
    OK(kept(1, number, unlock, &robust));
    OK(kept(number, 1, lock, &inheriting));
    OK(kept(1, number, unlock, &inheriting));
    OK(kept(number, 1, lock, &both));
    OK(kept(1, number, unlock, &both));
    OK(kept(number, 1, lock_to_write, &rwlock));
    OK(kept(1, number, unlock_written, &rwlock));
}

int main(int argc, char **argv) {
    const size_t size = argc > 1 ? (size_t)atoi(argv[1]) << 20 : 1;
    char *memory = malloc(size);
    pthread_mutex_t *in_heap = malloc(sizeof *in_heap);
    if (memory == NULL || in_heap == NULL)
        return 1;
    memset(memory, 1, size);
    make(in_heap, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    make(&recursive, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    make(&error_checking, PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
    make(&robust, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
    make(&inheriting, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
    make(&both, PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT);
    signal(SIGURG, on_signal);
    OK(pthread_mutex_lock(in_heap));
    take_all();
    begin();
    take_all();
    end();
    OK(pthread_mutex_lock(in_heap));
    OK(pthread_mutex_unlock(in_heap));
    OK(pthread_mutex_unlock(in_heap));
    // musl has the id that it sends it to in memory.
    OK(raise(SIGURG));
    OK(caught != 1);
    dprintf(1, "EXIT-SUCCESS\n");
    return 0;
}
