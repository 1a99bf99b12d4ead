// stresses: a handler that itself blocks in a call, while the call it interrupted waits to be restarted
#include "hazard.h"

static int outer[2], inner[2];
static volatile int inside;

static void on_signal(int number, siginfo_t *info, void *context) {
    char byte;
    (void)number, (void)info, (void)context;
    inside = 1;
    CHECK(RETRY(read(inner[0], &byte, 1)) == 1 && byte == 'i');
    checkpoint_here();
    inside = 2;
}

static void *read_outer(void *unused) {
    char byte;
    CHECK(read(outer[0], &byte, 1) == 1 && byte == 'o');
    return unused;
}

int main(void) {
    OK(pipe(outer));
    OK(pipe(inner));
    handle(SIGUSR1, on_signal, SA_RESTART);
    pthread_t thread = start(read_outer, NULL);
    let_others_block();
    OK(pthread_kill(thread, SIGUSR1));
    while (inside == 0)
        sched_yield();
    let_others_block();
    checkpoint_here();
    CHECK(write(inner[1], "i", 1) == 1);
    while (inside == 1)
        sched_yield();
    let_others_block();
    checkpoint_here();
    CHECK(write(outer[1], "o", 1) == 1);
    join(thread);
    return succeed();
}
