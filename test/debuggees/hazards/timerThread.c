// stresses: POSIX timers with SIGEV_THREAD: glibc's helper thread and the threads it makes
#include "hazard.h"

static int calls;

static void on_timer(union sigval value) {
    CHECK(value.sival_int == 12);
    __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
}

int main(void) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer};
    struct itimerspec often = {{0, 5000000}, {0, 5000000}};
    event.sigev_value.sival_int = 12;
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &often, NULL));
    for (int wanted = 2; wanted <= 6; wanted += 2) {
        checkpoint_here();
        while (__atomic_load_n(&calls, __ATOMIC_SEQ_CST) < wanted)
            let_others_block();
    }
    OK(timer_delete(timer));
    return succeed();
}
