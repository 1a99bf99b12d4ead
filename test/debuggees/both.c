// Two sides of a fork that do the same side by side; with "leave" the child outlives its parent.
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int rounds;

__attribute__((noinline)) static void met(int round) {
    rounds += round >= 0; // #MET
}

static int work(void) {
    for (int i = 0; i < 1000; i++)
        met(i);
    return rounds - 1000;
}

int main(int argc, char **argv) {
    pid_t child = fork(); // #FORK
    if (argc > 1 && strcmp(argv[1], "leave") == 0) {
        if (child != 0)
            return 0;
        while (getppid() != 1)
            usleep(1000);
        printf("left behind\n"); // #LEFT
        fflush(stdout);
        return 6;
    }
    if (child == 0)
        _exit(work()); // #CHILD
    int status = 0;
    int left = work(); // #PARENT
    waitpid(child, &status, 0);
    return left + status; // #END
}
