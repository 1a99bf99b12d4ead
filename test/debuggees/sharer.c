// A process that runs in the program's memory, and is no thread of it and no child of a vfork.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int go, calls;
static char stack[65536] __attribute__((aligned(16)));

__attribute__((noinline)) void met(void) {
    calls++;
}

__attribute__((noinline)) void done(void) {
    __asm__ volatile("");
}

static int shared(void *unused) {
    (void)unused;
    met();
    while (!go)
        usleep(100);
    return 7;
}

int main(void) {
    int status = 0;
    pid_t child = clone(shared, stack + sizeof stack, CLONE_VM | SIGCHLD, NULL);
    while (calls == 0)
        usleep(100);
    go = 1;
    waitpid(child, &status, 0);
    printf("shared %x\n", status);
    raise(SIGUSR1);
    met();
    return 0;
}
