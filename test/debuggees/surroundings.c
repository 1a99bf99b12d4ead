// Tells what it was started with: arguments, environment, folder, descriptors, signals, groups.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        printf("argument %s\n", argv[i]);
    for (char **each = environ; *each; each++)
        printf("variable %s\n", *each);
    char folder[4096];
    printf("folder %s\n", getcwd(folder, sizeof folder) ? folder : "?");
    for (int fd = 0; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            printf("descriptor %d%s\n", fd, isatty(fd) ? " terminal" : "");
    for (int number = 1; number < 32; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            printf("ignored %d\n", number);
    }
    sigset_t blocked;
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    for (int number = 1; number < 32; number++)
        if (sigismember(&blocked, number) == 1)
            printf("blocked %d\n", number);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    printf("group of parent %s\n", getpgrp() == getpgid(getppid()) ? "shared" : "own");
    printf("files %lu\n", (unsigned long)files.rlim_cur); // #BP1
    int character = getchar();
    printf("input %d\n", character);
    return 0;
}
