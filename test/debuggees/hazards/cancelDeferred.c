// stresses: deferred cancellation of threads in blocking calls, and their clean-up handlers
// builds: default musl
#include "hazard.h"

static int cleaned, pipe_ends[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void clean(void *unused) {
    (void)unused;
    checkpoint_here();
    __atomic_add_fetch(&cleaned, 1, __ATOMIC_SEQ_CST);
}

static void unlock(void *unused) {
    (void)unused;
    OK(pthread_mutex_unlock(&mutex));
}

static void *block_in_read(void *unused) {
    char byte;
    pthread_cleanup_push(clean, NULL);
    CHECK(read(pipe_ends[0], &byte, 1) == 2);
    pthread_cleanup_pop(0);
    return unused;
}

static void *block_in_wait(void *unused) {
    OK(pthread_mutex_lock(&mutex));
    pthread_cleanup_push(unlock, NULL);
    pthread_cleanup_push(clean, NULL);
    for (;;)
        OK(pthread_cond_wait(&condition, &mutex));
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

static void *test_itself(void *unused) {
    int old;
    OK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old));
    OK(pthread_cancel(pthread_self()));
    pthread_testcancel();
    checkpoint_here();
    pthread_cleanup_push(clean, NULL);
    OK(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old));
    CHECK(old == PTHREAD_CANCEL_DISABLE);
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return unused;
}

int main(void) {
    OK(pipe(pipe_ends));
    pthread_t threads[] = {start(block_in_read, NULL), start(block_in_wait, NULL)};
    let_others_block();
    checkpoint_here();
    for (int i = 0; i < 2; i++) {
        OK(pthread_cancel(threads[i]));
        CHECK(join(threads[i]) == PTHREAD_CANCELED);
    }
    CHECK(join(start(test_itself, NULL)) == PTHREAD_CANCELED);
    CHECK(cleaned == 3);
    OK(pthread_mutex_trylock(&mutex));
    return succeed();
}
