// stresses: signals pending for single threads, with the data they were queued with
#include "hazard.h"

static pthread_barrier_t barrier;

static void take(int number, int value) {
    sigset_t set = set_of(number);
    siginfo_t info;
    CHECK(RETRY(sigtimedwait(&set, &info, &(struct timespec){0, 0})) == number);
    CHECK(info.si_signo == number && info.si_code == SI_QUEUE && info.si_value.sival_int == value);
}

static void *take_own(void *value) {
    sigset_t pending;
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    OK(sigpending(&pending));
    CHECK(sigismember(&pending, SIGRTMIN + 1) && !sigismember(&pending, SIGRTMIN + 2));
    take(SIGRTMIN + 1, (int)(intptr_t)value);
    take(SIGRTMIN + 1, (int)(intptr_t)value + 1);
    OK(sigpending(&pending));
    CHECK(!sigismember(&pending, SIGRTMIN + 1));
    return NULL;
}

int main(void) {
    block_signal(SIGRTMIN + 1);
    OK(pthread_barrier_init(&barrier, NULL, 3));
    pthread_t threads[] = {start(take_own, (void *)100), start(take_own, (void *)200)};
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 2; i++) {
        OK(pthread_sigqueue(threads[0], SIGRTMIN + 1, (union sigval){.sival_int = 100 + i}));
        OK(pthread_sigqueue(threads[1], SIGRTMIN + 1, (union sigval){.sival_int = 200 + i}));
        OK(pthread_sigqueue(pthread_self(), SIGRTMIN + 1, (union sigval){.sival_int = 300 + i}));
    }
    checkpoint_here();
    take(SIGRTMIN + 1, 300);
    checkpoint_here();
    take(SIGRTMIN + 1, 301);
    pthread_barrier_wait(&barrier);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
