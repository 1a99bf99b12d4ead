// stresses: __thread variables, initialized and zeroed, in every thread
// builds: default static musl muslDynamic
#include "hazard.h"

static __thread int zeroed;
static __thread int filled = 7;
static __thread char block[300];
static pthread_barrier_t barrier;

static void *use(void *number) {
    int mine = (int)(intptr_t)number;
    CHECK(zeroed == 0 && filled == 7 && block[299] == 0);
    zeroed = mine;
    filled += mine;
    memset(block, mine, sizeof block);
    pthread_barrier_wait(&barrier);
    if (mine == 2)
        checkpoint_here();
    pthread_barrier_wait(&barrier);
    CHECK(zeroed == mine && filled == 7 + mine && block[0] == mine && block[299] == mine);
    errno = mine;
    let_others_block();
    CHECK(errno == mine);
    return NULL;
}

int main(void) {
    pthread_t threads[4];
    OK(pthread_barrier_init(&barrier, NULL, 5));
    zeroed = 99;
    for (intptr_t i = 0; i < 4; i++)
        threads[i] = start(use, (void *)(i + 1));
    pthread_barrier_wait(&barrier);
    checkpoint_here();
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    CHECK(zeroed == 99 && filled == 7);
    return succeed();
}
