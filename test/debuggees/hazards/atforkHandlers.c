// stresses: pthread_atfork handlers, SIGCHLD and wait: a checkpoint must not be seen by any of them
#include "hazard.h"
#include <sys/wait.h>

static volatile int forks, children;

static void at_fork(void) { forks++; }

static void on_child(int number, siginfo_t *info, void *context) {
    (void)number, (void)info, (void)context;
    children++;
}

int main(void) {
    OK(pthread_atfork(at_fork, at_fork, at_fork));
    handle(SIGCHLD, on_child, 0);
    for (int i = 0; i < 5; i++) {
        errno = 77;
        checkpoint_here();
        CHECK(errno == 77);
        CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
        let_others_block();
    }
    CHECK(forks == 0 && children == 0);
    return succeed();
}
