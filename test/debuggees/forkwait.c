// Forks a child of its own, waits for it and tells of its exit code.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    printf("before\n"); // #BP1
    fflush(stdout);
    pid_t child = fork(); // #FORK
    if (child == 0) {
        dprintf(1, "child\n"); // #CHILD
        _exit(7);
    }
    int status;
    waitpid(child, &status, 0);                            // #WAIT
    printf("child exited with %d\n", WEXITSTATUS(status)); // #BP2
    return 0;
}
