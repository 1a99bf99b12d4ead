// Waits for a signal in one of the calls that only a handler ends. The argument says in which.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t rung;

static void on_alarm(int signal) {
    rung += signal == SIGALRM;
}

__attribute__((noinline)) static int twice(int value) {
    return value + value;
}

int main(int argc, char **argv) {
    const char *way = argc > 1 ? argv[1] : "pause";
    struct sigaction action = {.sa_handler = on_alarm};
    int ends[2];
    char byte;
    long result = 0;
    sigset_t alarms, none;
    sigemptyset(&none);
    sigemptyset(&alarms);
    sigaddset(&alarms, SIGALRM);
    sigaction(SIGALRM, &action, NULL);
    if (twice(2) != 4 || pipe(ends) != 0)
        return 1;
    printf("waits\n");
    fflush(stdout);
    if (strcmp(way, "sigsuspend") == 0) {
        sigprocmask(SIG_BLOCK, &alarms, NULL);
        result = sigsuspend(&none);
    } else if (strcmp(way, "read") == 0) {
        result = read(ends[0], &byte, 1);
    } else {
        result = pause();
    }
    printf("%ld, rung %d\n", result, (int)rung);
    return 0;
}
