// A program and its child, by the ways there are to make one: fork, vfork, posix_spawn, a second thread, twice.
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static volatile int side;

__attribute__((noinline)) static int met(int who) {
    side = who; // #MET
    return who;
}

static pid_t spawned(char *self) {
    char *argv[] = {self, "other", NULL};
    pid_t child = 0;
    return posix_spawn(&child, self, NULL, NULL, argv, environ) == 0 ? child : -1;
}

static void report(const char *what, pid_t child) {
    int status = 0;
    pid_t got = waitpid(child, &status, 0); // #WAIT
    printf("%s: %s, %x\n", what, got == child ? "the same" : "another", status);
    fflush(stdout);
}

static void *thread(void *unused) {
    pid_t child = fork();
    if (child == 0)
        _exit(met(3));
    report("thread", child);
    return unused;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "fork";
    pid_t child = 0;
    if (strcmp(way, "other") == 0) {
        printf("other\n"); // #OTHER
        return met(9);
    }
    if (strcmp(way, "fork") == 0 || strcmp(way, "exec") == 0) {
        child = fork(); // #FORK
        if (child == 0) {
            if (strcmp(way, "exec") == 0)
                execl(argv[0], argv[0], "other", (char *)NULL);
            _exit(met(3)); // #CHILD
        }
        if (argc > 2)
            execl(argv[0], argv[0], "other", (char *)NULL);
    } else if (strcmp(way, "vfork") == 0) {
        child = vfork();
        if (child == 0)
            execl(argv[0], argv[0], "other", (char *)NULL);
    } else if (strcmp(way, "vexit") == 0) {
        child = vfork();
        if (child == 0)
            _exit(met(3));
    } else if (strcmp(way, "linger") == 0) {
        child = vfork();
        if (child == 0) {
            write(STDOUT_FILENO, "lingers\n", 8);
            for (;;)
                pause();
        }
    } else if (strcmp(way, "spawn") == 0) {
        child = spawned(argv[0]);
    } else if (strcmp(way, "double") == 0) {
        child = fork();
        if (child == 0) {
            pid_t grandchild = fork();
            if (grandchild == 0)
                _exit(met(4));
            report("grandchild", grandchild);
            _exit(met(3));
        }
    } else {
        pthread_t other;
        pthread_create(&other, NULL, thread, NULL);
        pthread_join(other, NULL);
        return met(1);
    }
    report(way, child); // #REPORT
    return met(1);
}
