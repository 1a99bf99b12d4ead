// Three threads with a mutex, a condition variable and thread-locals.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready = PTHREAD_COND_INITIALIZER;
static int arrived, released;
static __thread int mine;

static void *work(void *argument) {
    mine = *(int *)argument; // #THREAD
    pthread_mutex_lock(&lock);
    arrived++;
    pthread_cond_broadcast(&ready);
    while (!released)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    return NULL; // #LEAVE
}

int main(void) {
    pthread_t threads[3];
    int numbers[3] = {11, 22, 33};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, work, &numbers[i]);
    pthread_mutex_lock(&lock);
    while (arrived < 3)
        pthread_cond_wait(&ready, &lock);
    pthread_mutex_unlock(&lock);
    printf("all arrived\n"); // #BP1
    pthread_mutex_lock(&lock);
    released = 1;
    pthread_cond_broadcast(&ready);
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("joined\n"); // #END
    return 0;
}
