// A parent sends its child some bytes by a pipe, and the child reads until their end.
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) static int read_all(const int ends[2]) {
    char byte;
    int count = 0; // #MET
    close(ends[1]);
    while (read(ends[0], &byte, 1) == 1)
        count++;
    return count; // #READ
}

int main(void) {
    int ends[2], status = 0;
    if (pipe(ends) != 0)
        return 1;
    pid_t child = fork();
    if (child == 0)
        _exit(read_all(ends));
    close(ends[0]); // #SEND
    if (write(ends[1], "bytes", 5) != 5)
        return 1;
    close(ends[1]);
    if (waitpid(child, &status, 0) != child)
        return 1;
    printf("the child has read %d\n", WEXITSTATUS(status));
    return 0;
}
