// Has its next child start another namespace: "pid" or "time" (unshare(2)). An ordinary user may in a user namespace.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) void checkpoint_here(void) { __asm__ volatile(""); }

int main(int argc, char **argv) {
    const int isPid = argc > 1 && strcmp(argv[1], "pid") == 0;
    const int flags = (getuid() ? CLONE_NEWUSER : 0) | (isPid ? CLONE_NEWPID : CLONE_NEWTIME);
    checkpoint_here();
    if (unshare(flags) != 0) {
        perror("unshare");
        return 1;
    }
    checkpoint_here();
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(getpid() == 1);
    if (waitpid(child, &status, 0) != child || WEXITSTATUS(status) != isPid) {
        printf("the child is not what it should be: %x\n", status);
        return 2;
    }
    puts("EXIT-SUCCESS");
    return 0;
}
