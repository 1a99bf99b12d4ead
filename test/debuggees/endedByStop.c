// Waits in epoll_wait, again and again, and tells how that ended, until SIGUSR1 comes. By its argument it ignores SIGTSTP, or does not.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

static volatile sig_atomic_t done;

static void end(int number) {
    (void)number;
    done = 1;
}

int main(int count, char **arguments) {
    struct sigaction action = {.sa_handler = end};
    struct epoll_event event;
    int set = epoll_create1(0);
    sigaction(SIGUSR1, &action, NULL);
    if (count > 1 && strcmp(arguments[1], "ignores") == 0)
        signal(SIGTSTP, SIG_IGN);
    while (!done) {
        epoll_wait(set, &event, 1, -1);
        puts(strerror(errno));
        fflush(stdout);
    }
    return 0;
}
