// A thread has a lock nearly all the time, for which `locked` waits.
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile int done;

static void *hold(void *argument) {
    while (!done) {
        pthread_mutex_lock(&lock);
        usleep(3000);
        pthread_mutex_unlock(&lock);
        usleep(100);
    }
    return argument;
}

int locked(int n) {
    pthread_mutex_lock(&lock);
    int result = n + 1;
    pthread_mutex_unlock(&lock);
    return result;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, hold, NULL);
    int total = 0;
    for (int i = 0; i < 8; i++) {
        usleep(1000);
        total += i; // #BP1
    }
    done = 1;
    pthread_join(thread, NULL);
    return total - 28;
}
