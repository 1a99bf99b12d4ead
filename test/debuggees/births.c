// Makes threads for ever, which end at once: until it is killed.
#include <pthread.h>

static void *nothing(void *unused) {
    return unused;
}

static void *make(void *unused) {
    pthread_t thread;
    for (;;)
        if (pthread_create(&thread, NULL, nothing, NULL) == 0)
            pthread_join(thread, NULL);
    return unused;
}

int main(void) {
    pthread_t maker;
    pthread_create(&maker, NULL, make, NULL);
    make(NULL);
    return 0;
}
