// Waits for the signals of timers that are due within the next milliseconds: each comes once.
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

volatile long rounds;
static volatile int alarms, shots, ticks;

static void on_alarm(int number) { (void)number, alarms++; }
static void on_shot(int number) { (void)number, shots++; }
static void on_tick(int number) { (void)number, ticks++; }

static long soon(void) { return 100 + rand() % 2500; }

static timer_t make(int signal) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0)
        _exit(1);
    return timer;
}

int main(void) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigprocmask(SIG_BLOCK, &all, NULL);
    signal(SIGALRM, on_alarm);
    signal(SIGRTMIN, on_shot);
    signal(SIGRTMIN + 1, on_tick);
    timer_t shot = make(SIGRTMIN), tick = make(SIGRTMIN + 1);
    for (;; rounds++) {
        alarms = shots = ticks = 0;
        const struct itimerval alarm = {{0, 0}, {0, soon()}};
        const struct itimerspec once = {{0, 0}, {0, soon() * 1000}},
                                often = {{0, soon() * 1000}, {0, soon() * 1000}};
        setitimer(ITIMER_REAL, &alarm, NULL);
        timer_settime(shot, 0, &once, NULL);
        timer_settime(tick, 0, &often, NULL);
        while (alarms < 1 || shots < 1 || ticks < 2)
            sigsuspend(&none);
        if (alarms > 1 || shots > 1)
            return 3;
    }
}
