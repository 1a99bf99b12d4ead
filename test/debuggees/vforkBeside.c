// Two threads make a child by vfork after another, each of which stays in the program's memory for a while; the first thread
// calls a function meanwhile. "wait": a child waits there for the first thread. "alarms": signals come all the time. EXIT-SUCCESS in all cases.
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int children, done, started, released, alarms;

static void *make(void *argument) {
    while (!done) {
        const pid_t child = vfork();
        if (child == 0) {
            usleep(2000);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        children++;
    }
    return argument;
}

static void *make_waiting(void *argument) {
    const pid_t child = vfork();
    if (child == 0) {
        started = 1;
        while (!released)
            usleep(1000);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return argument;
}

static void on_alarm(int number) {
    (void)number;
    alarms++;
}

static int square(int n) {
    int result = n * n;
    usleep(3000);
    return result;
}

static int calls(void) {
    int sum = 0;
    for (int i = 0; i < 200; i++) { // #HEAD
        sum += square(i);            // #CALL
        sum &= 0xffff;               // #ADD
    }
    return sum;
}

int main(int count, char **arguments) {
    const int waits = count > 1 && strcmp(arguments[1], "wait") == 0;
    const struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    const struct itimerval often = {{0, 300}, {0, 300}};
    sigaction(SIGALRM, &action, NULL);
    if (count > 1 && !waits)
        setitimer(ITIMER_REAL, &often, NULL);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, waits ? make_waiting : make, NULL);
    while (waits && !started)
        usleep(1000);
    released = 1;
    calls();
    done = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    puts("EXIT-SUCCESS");
    return 0;
}
