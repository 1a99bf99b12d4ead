// Blocked in one system call after the other while the debugger stops, copies and restarts it; each must end
// as if nothing had been. EXIT-SUCCESS when all did.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int place;
static volatile sig_atomic_t alarms;

static void on_alarm(int number) {
    (void)number;
    alarms++;
}

static void alarm_in(int milliseconds) {
    struct itimerval once = {{0, 0}, {0, milliseconds * 1000}};
    setitimer(ITIMER_REAL, &once, NULL);
}

int main(void) {
    int failed = 0, ends[2];
    char byte;
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);

    place = 1;
    struct timespec nap = {0, 300000000};
    failed |= nanosleep(&nap, NULL) != 0;

    place = 2;
    failed |= poll(NULL, 0, 300) != 0;

    place = 3;
    alarm_in(300);
    failed |= (pause() != -1 || errno != EINTR) << 1;

    place = 4;
    failed |= pipe(ends) != 0;
    alarm_in(300);
    failed |= (read(ends[0], &byte, 1) != -1 || errno != EINTR) << 2;

    place = 5;
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 300000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    failed |= (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) << 3;

    place = 6;
    if (failed || alarms != 2)
        printf("failed %d alarms %d\n", failed, alarms);
    else
        puts("EXIT-SUCCESS");
    return 0;
}
