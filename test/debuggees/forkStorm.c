// Hundreds of children from several threads, while breakpoints are hit; each checks that no trap is in its memory.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, CHILDREN = 50 };

static volatile int failures;

__attribute__((noinline)) int met(int value) {
    __asm__ volatile("" : "+r"(value));
    return value;
}

static void *work(void *unused) {
    for (int i = 0; i < CHILDREN; i++) {
        int status = 0;
        pid_t child = i % 3 == 2 ? vfork() : fork();
        if (child == 0)
            _exit(met(i));
        if (waitpid(child, &status, 0) != child || status != i << 8)
            __sync_fetch_and_add(&failures, 1);
        if (i % 10 == 0)
            met(i);
    }
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    printf("%s\n", failures == 0 ? "EXIT-SUCCESS" : "failed");
    return failures;
}
