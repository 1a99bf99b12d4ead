// stresses: a thread with a working directory of its own
// expects: notRestored threads: a copy's threads are made by its first, which shares its own with them
#include "hazard.h"
#include <sched.h>

static volatile int is_there, may_go_on;

static void *thread(void *argument) {
    char folder[100];
    OK(unshare(CLONE_FS));
    OK(chdir("/usr"));
    is_there = 1;
    while (!may_go_on)
        let_others_block();
    CHECK(getcwd(folder, sizeof folder) && strcmp(folder, "/usr") == 0);
    return argument;
}

int main(void) {
    OK(chdir("/"));
    pthread_t second = start(thread, NULL);
    while (!is_there)
        let_others_block();
    checkpoint_here();
    may_go_on = 1;
    join(second);
    return succeed();
}
