// A timer that expires once and is set anew by its handler: one expiry that is lost ends it.
#include "hazards/hazard.h"

volatile int shots;
static timer_t shot;

static void shoot(void) {
    struct itimerspec once = {{0, 0}, {0, 3000000}};
    OK(timer_settime(shot, 0, &once, NULL));
}

static void on_shot(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK(info->si_code == SI_TIMER && info->si_value.sival_int == 815);
    shots++;
    shoot();
}

int main(void) {
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
    event.sigev_value.sival_int = 815;
    handle(SIGRTMIN + 3, on_shot, SA_RESTART);
    OK(timer_create(CLOCK_MONOTONIC, &event, &shot));
    shoot();
    for (;;)
        pause();
}
