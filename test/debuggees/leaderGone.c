// The first thread ends before the others, which go on; EXIT-SUCCESS when every call was counted.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 3
#define CALLS 40

static pthread_t threads[THREADS];
atomic_int calls;

__attribute__((noinline)) void visit(void) { atomic_fetch_add(&calls, 1); }

static void *work(void *unused) {
    for (int i = 0; i < CALLS; i++)
        visit();
    return unused;
}

static void *finish(void *unused) {
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    puts(calls == THREADS * CALLS ? "EXIT-SUCCESS" : "lost a call");
    exit(0);
    return unused;
}

int main(void) {
    pthread_t last;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    pthread_create(&last, NULL, finish, NULL);
    pthread_exit(NULL);
}
