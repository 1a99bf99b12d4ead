// All three interval timers run when the debugger stops it at `checkpoint_here`; they must go on with what
// they had left, and with their intervals. EXIT-SUCCESS when they do.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ticks[3];
static const int numbers[3] = {SIGALRM, SIGVTALRM, SIGPROF};

static void count(int number) {
    for (int timer = 0; timer < 3; timer++)
        ticks[timer] += numbers[timer] == number;
}

void checkpoint_here(void) { asm volatile(""); }

static double seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

int main(void) {
    int failed = 0;
    struct itimerval now[3];
    for (int timer = 0; timer < 3; timer++) {
        const struct itimerval value = {{0, 200000 + timer}, {30 + timer, 0}};
        sigaction(numbers[timer], &(struct sigaction){.sa_handler = count}, NULL);
        setitimer(timer, &value, NULL);
    }
    checkpoint_here();
    for (int timer = 0; timer < 3; timer++) {
        getitimer(timer, &now[timer]);
        const double left = seconds(now[timer].it_value);
        if (now[timer].it_interval.tv_usec / 10 != 20000 || left < 10 || left > 30.01 + timer) {
            printf("timer %d: %f left\n", timer, left);
            failed = 1;
        }
    }
    for (int timer = 0; timer < 3; timer++)
        setitimer(timer, &(struct itimerval){{0, 10000}, {0, 50000}}, NULL);
    checkpoint_here();
    while (ticks[0] < 3 || ticks[1] < 3 || ticks[2] < 3)
        ;
    for (int timer = 0; timer < 3; timer++)
        setitimer(timer, &(struct itimerval){{0, 0}, {0, 0}}, NULL);
    alarm(1);
    ticks[0] = 0;
    checkpoint_here();
    if (pause() != -1 || errno != EINTR || ticks[0] != 1)
        failed = 1;
    puts(failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
