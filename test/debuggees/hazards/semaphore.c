// stresses: semaphores: waits, waits with a time limit, counts
// builds: default musl muslDynamic
#include "hazard.h"
#include <semaphore.h>

static sem_t ping, pong;

static void *answer(void *unused) {
    for (int i = 0; i < 10; i++) {
        OK(RETRY(sem_wait(&ping)));
        OK(sem_post(&pong));
    }
    return unused;
}

int main(void) {
    OK(sem_init(&ping, 0, 0));
    OK(sem_init(&pong, 0, 0));
    pthread_t thread = start(answer, NULL);
    let_others_block();
    for (int i = 0; i < 10; i++) {
        struct timespec end = in_ms(CLOCK_REALTIME, 3600000);
        if (i % 4 == 0)
            checkpoint_here();
        OK(sem_post(&ping));
        OK(RETRY(sem_timedwait(&pong, &end)));
    }
    join(thread);
    struct timespec soon = in_ms(CLOCK_REALTIME, 10);
    checkpoint_here();
    CHECK(RETRY(sem_timedwait(&pong, &soon)) == -1 && errno == ETIMEDOUT);
    int count = -1;
    OK(sem_post(&pong));
    OK(sem_post(&pong));
    checkpoint_here();
    OK(sem_getvalue(&pong, &count));
    CHECK(count == 2);
    return succeed();
}
