// Threads that come to one place all the time.
#include <pthread.h>

static volatile long strikes[8][8];

__attribute__((noinline)) void strike(long index) {
    strikes[index][0]++; // #STRIKE
}

static void *striker(void *index) {
    for (;;)
        strike((long)index);
    return NULL;
}

int main(void) {
    pthread_t thread;
    for (long index = 1; index < 8; index++)
        pthread_create(&thread, NULL, striker, (void *)index);
    striker(NULL);
}
