// stresses: a thread in waitpid for a child that lives
// expects: notRestored children: the child is the first process's, and its end is told once
#include "hazard.h"
#include <sys/wait.h>

static pid_t child;

static void *wait_for_child(void *unused) {
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    return unused;
}

int main(void) {
    int ends[2];
    char byte;
    OK(pipe(ends));
    CHECK((child = fork()) >= 0);
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &byte, 1) == 1 ? 7 : 8);
    }
    pthread_t thread = start(wait_for_child, NULL);
    let_others_block();
    checkpoint_here();
    CHECK(write(ends[1], "x", 1) == 1);
    join(thread);
    return succeed();
}
