// Holds robust locks, of which nobody else wants any: two of its own, and between them one in shared memory.
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define OK(call)                                                                                             \
    do {                                                                                                     \
        int result_ = (call);                                                                                \
        if (result_ != 0) {                                                                                  \
            dprintf(1, "FAILED %s: %d\n", #call, result_);                                                   \
            _exit(1);                                                                                        \
        }                                                                                                    \
    } while (0)

static pthread_mutex_t own[2];

__attribute__((noinline)) void holding(void) { __asm__ volatile(""); }

static void make(pthread_mutex_t *mutex) {
    pthread_mutexattr_t attributes;
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST));
    OK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    OK(pthread_mutex_init(mutex, &attributes));
    OK(pthread_mutex_lock(mutex));
}

int main(void) {
    pthread_mutex_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    make(&own[0]);
    make(shared);
    make(&own[1]);
    holding();
    OK(pthread_mutex_unlock(&own[0]));
    OK(pthread_mutex_unlock(shared));
    OK(pthread_mutex_unlock(&own[1]));
    dprintf(1, "EXIT-SUCCESS\n");
    return 0;
}
