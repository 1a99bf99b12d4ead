// Waits in the call that its argument names, without a limit, until SIGALRM ends that with EINTR; as often as the next one says.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t alarms;

static void on_alarm(int number) {
    (void)number;
    alarms++;
}

static int ends[2], set;

static int wait_in(const char *call) {
    struct timespec long_time = {1000, 0};
    struct epoll_event event;
    char byte;
    if (strcmp(call, "pause") == 0)
        return pause();
    if (strcmp(call, "nanosleep") == 0)
        return nanosleep(&long_time, NULL);
    if (strcmp(call, "epoll_wait") == 0)
        return epoll_wait(set, &event, 1, -1);
    return (int)read(ends[0], &byte, 1);
}

int main(int count, char **arguments) {
    struct sigaction action = {.sa_handler = on_alarm};
    const int rounds = count > 2 ? atoi(arguments[2]) : 1;
    set = epoll_create1(0);
    if (count < 2 || pipe(ends) != 0 || sigaction(SIGALRM, &action, NULL) != 0)
        return 2;
    for (int round = 1; round <= rounds; round++) {
        if (wait_in(arguments[1]) != -1 || errno != EINTR || alarms != round)
            return 1;
        if (round < rounds && write(1, ".", 1) != 1)
            return 2;
    }
    puts("EXIT-SUCCESS");
    return 0;
}
