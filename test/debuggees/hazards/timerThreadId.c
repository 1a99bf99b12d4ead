// stresses: POSIX timers with SIGEV_THREAD_ID: the signal goes to the one thread
#include "hazard.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static __thread volatile int calls;
static __thread int number_of_thread;

static void on_timer(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK(info->si_value.sival_int == number_of_thread);
    calls++;
}

static void *own_timer(void *number) {
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 2};
    struct itimerspec often = {{0, 3000000}, {0, 3000000}};
    number_of_thread = event.sigev_value.sival_int = (int)(intptr_t)number;
    event.sigev_notify_thread_id = gettid();
    OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
    OK(timer_settime(timer, 0, &often, NULL));
    for (int wanted = 1; wanted <= 3; wanted++) {
        while (calls < wanted)
            let_others_block();
        checkpoint_here();
    }
    OK(timer_delete(timer));
    return NULL;
}

int main(void) {
    handle(SIGRTMIN + 2, on_timer, SA_RESTART);
    pthread_t threads[] = {start(own_timer, (void *)1), start(own_timer, (void *)2)};
    own_timer((void *)3);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
