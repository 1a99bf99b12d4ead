// Children of the program's own: by fork, by vfork and exec (system), and by exec of itself.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int shared(int value) {
    return value + 1; // #SHARED
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        printf("again %d\n", shared(1)); // #AGAIN
        return 5;
    }
    int status;
    pid_t child = fork(); // #FORK
    if (child == 0)
        _exit(shared(6));                        // #CHILD
    waitpid(child, &status, 0);                  // #WAIT
    printf("child %x, %d\n", status, shared(0)); // #AFTER
    printf("system %x\n", system("exit 9"));     // #SYSTEM
    fflush(stdout);
    if (argc > 1 && strcmp(argv[1], "exec") == 0)
        execl(argv[0], argv[0], "again", (char *)NULL); // #EXEC
    return 0;
}
