// A parent that waits for whatever children it has, and tells of each: there is one, and it must be this one.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t told;
static volatile int code = 3;

static void heard(int signal) {
    told += signal == SIGCHLD;
}

__attribute__((noinline)) static int met(int who) {
    code += who; // #MET
    return code;
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = heard, .sa_flags = SA_RESTART};
    sigaction(SIGCHLD, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc > 1 && strcmp(argv[1], "heard") == 0) {
        sigset_t news;
        sigemptyset(&news);
        sigaddset(&news, SIGCHLD);
        sigprocmask(SIG_BLOCK, &news, NULL);
    }
    pid_t child = fork(); // #FORK
    if (child == 0)
        _exit(met(0) + met(1)); // #CHILD
    if (argc > 1 && strcmp(argv[1], "pidfd") == 0)
        printf("pidfd: %d\n", syscall(SYS_pidfd_open, child, 0) >= 0);
    if (argc > 1 && strcmp(argv[1], "heard") == 0) {
        sigset_t none;
        sigemptyset(&none);
        while (told == 0)
            sigsuspend(&none);
        int status = 0;
        pid_t got = waitpid(child, &status, 0);
        sigprocmask(SIG_SETMASK, &none, NULL);
        usleep(50000);
        printf("heard of it: %d %x, told %d\n", got == child, status, (int)told);
        return 0;
    }
    volatile int is_that = argc > 1 && strcmp(argv[1], "that") == 0; // #FORKED
    if (is_that) {
        int status = 0;
        pid_t got = waitpid(child, &status, 0);
        printf("that one: %d %x\n", got == child, status);
        return 0;
    }
    for (;;) {
        int status = 0;
        pid_t got = wait(&status); // #WAIT
        if (got < 0)
            break;
        printf("%s %x\n", got == child ? "the child" : "a stranger", status);
    }
    printf("%s, told %d\n", strerror(errno), (int)told); // #REPORT
    return 0;
}
