// A function that only returns when another thread has answered.
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int question, answer;

int ask_worker(int value) {
    pthread_mutex_lock(&lock);
    question = value;
    answer = 0;
    pthread_cond_broadcast(&changed);
    while (answer == 0)
        pthread_cond_wait(&changed, &lock);
    int result = answer;
    pthread_mutex_unlock(&lock);
    return result;
}

static void *work(void *unused) {
    pthread_mutex_lock(&lock);
    for (;;) {
        while (question == 0)
            pthread_cond_wait(&changed, &lock);
        answer = question + 1;
        question = 0;
        pthread_cond_broadcast(&changed);
    }
    return unused;
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    int first = ask_worker(1);
    printf("%d\n", first); // #BP1
    return 0;
}
