// Threads wait for locks that know their owner, while their callers' registers and frames hold the very
// number that is their id; and one value that is the operation of a futex. `holding` is called when all wait.
#define _GNU_SOURCE
#include "kept.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define OK(call)                                                                                             \
    do {                                                                                                     \
        int result_ = (call);                                                                                \
        if (result_ != 0) {                                                                                  \
            dprintf(1, "FAILED %s: %d\n", #call, result_);                                                   \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

enum { RECURSIVE, ERROR_CHECKING, ROBUST, INHERITING, KINDS };

static pthread_mutex_t mutexes[KINDS];
static volatile int tids[2 * KINDS];

static void make(pthread_mutex_t *mutex, int kind) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_settype(&attributes,
                                 kind == RECURSIVE ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_ERRORCHECK));
    if (kind == ROBUST)
        OK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    if (kind == INHERITING)
        OK(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT));
    OK(pthread_mutex_init(mutex, &attributes));
}

static int lock(void *mutex) { return pthread_mutex_lock(mutex); }

static int lock_in_time(void *mutex) {
    struct timespec later;
    clock_gettime(CLOCK_REALTIME, &later);
    later.tv_sec += 3600;
    return pthread_mutex_timedlock(mutex, &later);
}

static void *want(void *number) {
    const int which = (int)(long)number;
    pthread_mutex_t *mutex = &mutexes[which / 2];
    tids[which] = (int)syscall(SYS_gettid);
    const long first = which / 2 % 2 ? 1 : tids[which];
    OK(kept(first, 1 + tids[which] - first, which % 2 ? lock_in_time : lock, mutex));
    if (which / 2 != RECURSIVE && pthread_mutex_lock(mutex) == 0)
        OK(1);
    OK(pthread_mutex_unlock(mutex));
    return NULL;
}

// In its system call, or about to be.
static int waits(int tid) {
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/syscall", tid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    const int is_futex = fgets(text, sizeof text, file) != NULL && strncmp(text, "202 ", 4) == 0;
    fclose(file);
    return is_futex;
}

__attribute__((noinline)) void holding(void) { __asm__ volatile(""); }

int main(void) {
    pthread_t threads[2 * KINDS];
    for (int kind = 0; kind < KINDS; kind++) {
        make(&mutexes[kind], kind);
        OK(pthread_mutex_lock(&mutexes[kind]));
    }
    for (long i = 0; i < 2 * KINDS; i++)
        OK(pthread_create(&threads[i], NULL, want, (void *)i));
    for (int i = 0; i < 2 * KINDS; i++)
        while (tids[i] == 0 || !waits(tids[i]))
            usleep(1000);
    holding();
    for (int kind = 0; kind < KINDS; kind++)
        OK(pthread_mutex_unlock(&mutexes[kind]));
    for (int i = 0; i < 2 * KINDS; i++)
        OK(pthread_join(threads[i], NULL));
    dprintf(1, "EXIT-SUCCESS\n");
    return 0;
}
