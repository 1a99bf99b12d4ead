// stresses: threads in sigsuspend, whose mask is another one for as long as they wait
#include "hazard.h"

static __thread volatile int handled;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    CHECK(number == SIGUSR1);
    checkpoint_here();
    handled++;
}

static void *suspend(void *unused) {
    sigset_t none, now;
    sigemptyset(&none);
    while (!handled)
        CHECK(sigsuspend(&none) == -1 && errno == EINTR);
    CHECK(handled == 1);
    OK(pthread_sigmask(SIG_BLOCK, NULL, &now));
    CHECK(sigismember(&now, SIGUSR1) == 1 && sigismember(&now, SIGUSR2) == 0);
    return unused;
}

int main(void) {
    handle(SIGUSR1, on_signal, 0);
    block_signal(SIGUSR1);
    pthread_t threads[] = {start(suspend, NULL), start(suspend, NULL)};
    let_others_block();
    checkpoint_here();
    OK(pthread_kill(threads[0], SIGUSR1));
    join(threads[0]);
    checkpoint_here();
    OK(pthread_kill(threads[1], SIGUSR1));
    join(threads[1]);
    OK(raise(SIGUSR1));
    checkpoint_here();
    suspend(NULL);
    return succeed();
}
