// stresses: a process-shared mutex and condition variable in shared memory
#include "hazard.h"
#include <sys/mman.h>

struct shared {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    int turn;
};
static struct shared *shared;

static void *answer(void *unused) {
    for (int i = 0; i < 10; i++) {
        OK(pthread_mutex_lock(&shared->mutex));
        while (shared->turn % 2 == 0)
            OK(pthread_cond_wait(&shared->condition, &shared->mutex));
        shared->turn++;
        OK(pthread_cond_broadcast(&shared->condition));
        OK(pthread_mutex_unlock(&shared->mutex));
    }
    return unused;
}

int main(void) {
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    pthread_mutexattr_t mutex_attributes;
    pthread_condattr_t condition_attributes;
    OK(pthread_mutexattr_init(&mutex_attributes));
    OK(pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED));
    OK(pthread_condattr_init(&condition_attributes));
    OK(pthread_condattr_setpshared(&condition_attributes, PTHREAD_PROCESS_SHARED));
    OK(pthread_mutex_init(&shared->mutex, &mutex_attributes));
    OK(pthread_cond_init(&shared->condition, &condition_attributes));
    pthread_t thread = start(answer, NULL);
    for (int i = 0; i < 10; i++) {
        OK(pthread_mutex_lock(&shared->mutex));
        while (shared->turn % 2 == 1)
            OK(pthread_cond_wait(&shared->condition, &shared->mutex));
        CHECK(shared->turn == 2 * i);
        checkpoint_here();
        shared->turn++;
        OK(pthread_cond_broadcast(&shared->condition));
        OK(pthread_mutex_unlock(&shared->mutex));
    }
    join(thread);
    CHECK(shared->turn == 20);
    return succeed();
}
