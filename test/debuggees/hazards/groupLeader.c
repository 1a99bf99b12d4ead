// stresses: a program that leads a process group of its own, and a thread of it
// needs: ids
#include "hazard.h"

static volatile int handled;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    handled++;
}

static void *check(void *unused) {
    for (int i = 0; i < 3; i++) {
        checkpoint_here();
        CHECK(getpgrp() == getpid());
        let_others_block();
    }
    return unused;
}

int main(void) {
    handle(SIGUSR1, on_signal, 0);
    checkpoint_here();
    OK(setpgid(0, 0));
    checkpoint_here();
    CHECK(getpgrp() == getpid());
    join(start(check, NULL));
    // To the whole group: to this process alone.
    OK(kill(0, SIGUSR1));
    CHECK(handled == 1);
    return succeed();
}
