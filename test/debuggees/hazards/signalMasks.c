// stresses: a signal mask for each thread: a signal to the process goes to the one that does not block it
#include "hazard.h"

static pthread_barrier_t barrier;
static __thread volatile int handled;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    checkpoint_here();
    handled++;
}

static void *listen_to(void *number) {
    int mine = (int)(intptr_t)number;
    sigset_t mask;
    unblock_signal(mine);
    pthread_barrier_wait(&barrier);
    while (!handled)
        sched_yield();
    OK(pthread_sigmask(SIG_BLOCK, NULL, &mask));
    for (int other = SIGRTMIN; other < SIGRTMIN + 3; other++)
        CHECK(sigismember(&mask, other) == (other != mine));
    CHECK(handled == 1);
    return NULL;
}

int main(void) {
    pthread_t threads[3];
    OK(pthread_barrier_init(&barrier, NULL, 4));
    for (int i = 0; i < 3; i++) {
        handle(SIGRTMIN + i, on_signal, 0);
        block_signal(SIGRTMIN + i);
    }
    for (int i = 0; i < 3; i++)
        threads[i] = start(listen_to, (void *)(intptr_t)(SIGRTMIN + i));
    pthread_barrier_wait(&barrier);
    checkpoint_here();
    for (int i = 0; i < 3; i++)
        OK(kill(getpid(), SIGRTMIN + i));
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    CHECK(handled == 0);
    return succeed();
}
