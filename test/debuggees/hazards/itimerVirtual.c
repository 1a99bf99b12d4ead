// stresses: the interval timers of processor time: ITIMER_VIRTUAL and ITIMER_PROF
#include "hazard.h"
#include <sys/time.h>

static volatile int virtual_ticks, profile_ticks;

static void on_tick(int number, siginfo_t *info, void *context) {
    (void)info, (void)context;
    if (number == SIGVTALRM)
        virtual_ticks++;
    else
        profile_ticks++;
}

int main(void) {
    handle(SIGVTALRM, on_tick, SA_RESTART);
    handle(SIGPROF, on_tick, SA_RESTART);
    struct itimerval timer = {{0, 4000}, {0, 8000}}, left;
    OK(setitimer(ITIMER_VIRTUAL, &timer, NULL));
    OK(setitimer(ITIMER_PROF, &timer, NULL));
    checkpoint_here();
    while (virtual_ticks < 1)
        ;
    checkpoint_here();
    while (virtual_ticks < 3 || profile_ticks < 3)
        ;
    OK(getitimer(ITIMER_VIRTUAL, &left));
    CHECK(left.it_interval.tv_usec == 4000);
    timer = (struct itimerval){{0, 0}, {0, 0}};
    OK(setitimer(ITIMER_PROF, &timer, &left));
    CHECK(left.it_interval.tv_usec == 4000);
    checkpoint_here();
    OK(getitimer(ITIMER_PROF, &left));
    CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_usec == 0);
    return succeed();
}
