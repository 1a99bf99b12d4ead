// Waits in epoll_wait and tells how that ended; by its argument it ignores SIGTSTP, or does not.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

int main(int count, char **arguments) {
    struct epoll_event event;
    int set = epoll_create1(0);
    if (count > 1 && strcmp(arguments[1], "ignores") == 0)
        signal(SIGTSTP, SIG_IGN);
    for (;;) {
        int result = epoll_wait(set, &event, 1, 1500);
        puts(result == 0 ? "timed out" : strerror(errno));
        fflush(stdout);
        if (result == 0)
            return 0;
    }
}
