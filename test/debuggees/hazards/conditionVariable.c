// stresses: condition variables: a queue between two makers and two takers
// builds: default static musl muslDynamic
#include "hazard.h"

enum { ITEMS = 24, ROOM = 3 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int queue[ROOM], first, held, made, taken, sum;

static void *make(void *unused) {
    for (;;) {
        OK(pthread_mutex_lock(&mutex));
        while (held == ROOM && made < ITEMS)
            OK(pthread_cond_wait(&not_full, &mutex));
        if (made == ITEMS)
            break;
        queue[(first + held++) % ROOM] = ++made;
        if (made % 8 == 0)
            checkpoint_here();
        OK(pthread_cond_signal(&not_empty));
        OK(pthread_mutex_unlock(&mutex));
    }
    OK(pthread_cond_broadcast(&not_full));
    OK(pthread_mutex_unlock(&mutex));
    return unused;
}

static void *take(void *unused) {
    for (;;) {
        OK(pthread_mutex_lock(&mutex));
        while (held == 0 && taken < ITEMS)
            OK(pthread_cond_wait(&not_empty, &mutex));
        if (taken == ITEMS)
            break;
        sum += queue[first];
        first = (first + 1) % ROOM;
        held--;
        if (++taken % 8 == 0)
            checkpoint_here();
        OK(pthread_cond_signal(&not_full));
        OK(pthread_mutex_unlock(&mutex));
    }
    OK(pthread_cond_broadcast(&not_empty));
    OK(pthread_mutex_unlock(&mutex));
    return unused;
}

int main(void) {
    pthread_t threads[] = {start(take, NULL), start(take, NULL), start(make, NULL), start(make, NULL)};
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK(made == ITEMS && taken == ITEMS && held == 0);
    CHECK(sum == ITEMS * (ITEMS + 1) / 2);
    return succeed();
}
