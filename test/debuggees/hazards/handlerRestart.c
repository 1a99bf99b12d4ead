// stresses: a read interrupted by a handler: with SA_RESTART it goes on, without it ends with EINTR
#include "hazard.h"

static int ends[2];
static volatile int handled, failed, got;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    checkpoint_here();
    handled++;
}

static void *read_restarted(void *unused) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'r');
    got = 1;
    return unused;
}

static void *read_interrupted(void *unused) {
    char byte;
    CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
    failed = 1;
    return unused;
}

int main(void) {
    OK(pipe(ends));
    handle(SIGUSR1, on_signal, SA_RESTART);
    handle(SIGUSR2, on_signal, 0);
    pthread_t restarted = start(read_restarted, NULL);
    let_others_block();
    OK(pthread_kill(restarted, SIGUSR1));
    while (!handled)
        sched_yield();
    let_others_block();
    checkpoint_here();
    CHECK(!got && write(ends[1], "r", 1) == 1);
    join(restarted);
    pthread_t interrupted = start(read_interrupted, NULL);
    while (!failed) {
        let_others_block();
        if (!failed)
            pthread_kill(interrupted, SIGUSR2);
    }
    join(interrupted);
    return succeed();
}
