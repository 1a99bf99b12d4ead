// Two threads come to a line, for whose condition a function computes for a while.
#include <pthread.h>
#include <time.h>

int busy(int result) {
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < 600);
    return result;
}

static void *work(void *argument) {
    long sum = 0;
    for (int i = 0; i < 2; i++)
        sum += i; // #BP1
    return sum == 1 ? argument : NULL;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    work(NULL);
    return pthread_join(thread, NULL);
}
