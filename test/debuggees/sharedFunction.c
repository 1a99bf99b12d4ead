// Two threads in the same function: a step of one must not stop in the other; one ends in the middle of a
// step.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static atomic_int rounds, wanted = 1;
static __thread int own;

__attribute__((noinline)) static int shared(int value) {
    own += value; // #SHARED
    return own;
}

static void *busy(void *unused) {
    (void)unused;
    while (wanted) { // #BUSY
        shared(1);
        rounds++;
    }
    return NULL;
}

static void *brief(void *unused) {
    own = 1;       // #BRIEF
    return unused; // #LEAVE
}

int main(void) {
    pthread_t worker, other;
    pthread_create(&worker, NULL, busy, NULL);
    while (rounds < 100)
        usleep(100);
    int result = shared(1000);                 // #STEP
    result += shared(1000);                    // #NEXT
    pthread_create(&other, NULL, brief, NULL); // #CREATE
    pthread_join(other, NULL);                 // #JOIN
    wanted = 0;
    pthread_join(worker, NULL);
    printf("result %d\n", result); // #END
    return 0;
}
