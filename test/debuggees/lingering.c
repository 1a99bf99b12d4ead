// Starts a thread that nobody waits for and returns from main while it lives: at the exit another thread is the last.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

__attribute__((noinline)) void begin(void) { puts("begin"); }

static void *linger(void *unused) {
    for (;;)
        usleep(1000);
    return unused;
}

int main(void) {
    pthread_t thread;
    begin();
    for (int i = 0; i < 3; i++) {
        pthread_create(&thread, NULL, linger, NULL);
        pthread_detach(thread);
    }
    usleep(5000);
    return 4;
}
