// A SIGTRAP with data waits, or is ignored ("ignored"), while the debugger stops, copies and restarts the
// program. It must be as it was in the end. EXIT-SUCCESS when it is.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile int ready, go;

int main(int argc, char **argv) {
    const int ignored = argc > 1 && strcmp(argv[1], "ignored") == 0;
    struct sigaction action = {.sa_handler = ignored ? SIG_IGN : SIG_DFL};
    siginfo_t info;
    sigset_t set, mask;
    sigemptyset(&set);
    sigaddset(&set, SIGTRAP);
    sigaction(SIGTRAP, &action, NULL);
    if (!ignored) {
        sigprocmask(SIG_BLOCK, &set, NULL);
        sigqueue(getpid(), SIGTRAP, (union sigval){.sival_int = 88});
    }
    ready = 1;
    while (!go)
        ;
    sigaction(SIGTRAP, NULL, &action);
    sigprocmask(SIG_SETMASK, NULL, &mask);
    int good = sigismember(&mask, SIGTRAP) == !ignored && action.sa_handler == (ignored ? SIG_IGN : SIG_DFL);
    if (!ignored)
        good &= sigtimedwait(&set, &info, &(struct timespec){0, 0}) == SIGTRAP && info.si_code == SI_QUEUE &&
                info.si_value.sival_int == 88 && info.si_pid == getpid();
    puts(good ? "EXIT-SUCCESS" : "FAILED");
    return !good;
}
