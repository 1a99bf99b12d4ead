// Signals: one raised and handled, one blocked and pending, one from a timer while stepping.
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t handled, alarms;

static void on_signal(int number) {
    handled = number; // #HANDLER
}

static void on_alarm(int number) {
    (void)number;
    alarms++; // #ALARM
}

int main(void) {
    signal(SIGUSR1, on_signal);
    signal(SIGALRM, on_alarm);
    struct itimerval every = {{0, 5000}, {0, 5000}};
    setitimer(ITIMER_REAL, &every, NULL); // #TIMER
    int sum = 0;
    for (int i = 0; i < 20; i++)
        sum += i;                                // #LOOP
    raise(SIGUSR1);                              // #RAISE
    printf("handled %d sum %d\n", handled, sum); // #AFTER
    struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    return 0; // #END
}
