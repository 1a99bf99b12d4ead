/* A child that runs in the program's memory, and one that does not. Both end with their parent. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];
volatile int told, go;

static int beside(void *argument) {
    (void)argument;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    told = 1;
    for (;;)
        pause();
}

int main(void) {
    const pid_t apart = fork();
    if (apart == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    const pid_t sharing = clone(beside, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    while (!told || !go)
        usleep(100);
    kill(sharing, SIGKILL);
    kill(apart, SIGKILL);
    while (wait(NULL) > 0)
        ;
    puts("EXIT-SUCCESS");
    return 0;
}
