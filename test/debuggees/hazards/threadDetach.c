// stresses: detached threads, whose stacks glibc takes back when the kernel clears their ids
#include "hazard.h"
#include <semaphore.h>

static sem_t done;

static void *work(void *unused) {
    checkpoint_here();
    OK(sem_post(&done));
    return unused;
}

int main(void) {
    pthread_attr_t attributes;
    OK(sem_init(&done, 0, 0));
    OK(pthread_attr_init(&attributes));
    OK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED));
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        OK(pthread_create(&thread, &attributes, work, NULL));
        pthread_t second = start(work, NULL);
        OK(pthread_detach(second));
        OK(RETRY(sem_wait(&done)));
        OK(RETRY(sem_wait(&done)));
        checkpoint_here();
    }
    return succeed();
}
