// stresses: a process that does not let its user look into it (PR_SET_DUMPABLE)
// A checkpoint has to look into it. Neither the program nor what a restart makes of it may be left open.
#include "hazard.h"
#include <sys/prctl.h>

#define ROUNDS 6

static void *work(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        let_others_block();
        CHECK(prctl(PR_GET_DUMPABLE) == 0);
        checkpoint_here();
    }
    return argument;
}

int main(void) {
    int file = temporary_file();
    int ends[2];
    OK(pipe(ends));
    checkpoint_here();
    OK(prctl(PR_SET_DUMPABLE, 0));
    block_signal(SIGUSR1);
    pthread_t worker = start(work, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        int got = -1;
        CHECK(write(file, &i, sizeof i) == sizeof i);
        CHECK(write(ends[1], &i, sizeof i) == sizeof i);
        OK(kill(getpid(), SIGUSR1));
        checkpoint_here();
        CHECK(prctl(PR_GET_DUMPABLE) == 0);
        CHECK(lseek(file, 0, SEEK_CUR) == (i + 1) * (off_t)sizeof i);
        CHECK(read(ends[0], &got, sizeof got) == sizeof got && got == i);
        sigset_t set = set_of(SIGUSR1);
        CHECK(sigwaitinfo(&set, NULL) == SIGUSR1);
    }
    join(worker);
    return succeed();
}
