// Children by fork, vfork with exec, and posix_spawn, all of which run code that has breakpoints; none may
// die of them.
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
int visits;

__attribute__((noinline)) void visit(void) { visits++; }

static int result(pid_t child) {
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        visit();
        return 5;
    }
    char *arguments[] = {argv[0], "child", NULL};
    pid_t child = fork();
    if (child == 0) {
        visit();
        _exit(5);
    }
    int forked = result(child);
    child = vfork();
    if (child == 0) {
        visit();
        execve(argv[0], arguments, environ);
        _exit(9);
    }
    int vforked = result(child);
    posix_spawn(&child, argv[0], NULL, NULL, arguments, environ);
    int spawned = result(child);
    visit();
    puts(forked == 5 && vforked == 5 && spawned == 5 ? "EXIT-SUCCESS" : "a child died");
    return 0;
}
