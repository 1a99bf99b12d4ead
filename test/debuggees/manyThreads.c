// Eight threads that call one function a known number of times each; EXIT-SUCCESS when every call was
// counted.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define THREADS 8
#define CALLS 50

atomic_int calls;

__attribute__((noinline)) void visit(void) { atomic_fetch_add(&calls, 1); } // #BP1

static void *work(void *unused) {
    for (int i = 0; i < CALLS; i++)
        visit();
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    puts(calls == THREADS * CALLS ? "EXIT-SUCCESS" : "lost a call");
    return 0;
}
