// stresses: a thread that waits in vfork while others go on
// expects: notRestored children: the child borrows the memory of a process that has ended
// positions: markers
#include "hazard.h"
#include <sys/prctl.h>
#include <sys/wait.h>

static int ends[2], status;
static volatile int borrowed;

static void *spawn(void *unused) {
    pid_t child = vfork();
    if (child == 0) {
        char byte;
        borrowed = 1;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(read(ends[0], &byte, 1) == 1 ? 6 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    return unused;
}

int main(void) {
    OK(pipe(ends));
    pthread_t thread = start(spawn, NULL);
    while (!borrowed)
        usleep(1000);
    let_others_block();
    checkpoint_here();
    CHECK(write(ends[1], "x", 1) == 1);
    join(thread);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 6);
    return succeed();
}
