// stresses: system calls that two threads have sent to themselves (PR_SET_SYSCALL_USER_DISPATCH), while that
// is on positions: markers
#include "hazard.h"
#include <sys/prctl.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif
#define ON 1

static _Thread_local volatile char selector;
static _Thread_local volatile int sent;
static volatile int is_there, may_go_on;

static void on_call(int number, siginfo_t *info, void *context) {
    (void)context;
    selector = 0;
    CHECK(number == SIGSYS && info->si_syscall == SYS_getppid);
    sent++;
}

static void turn_on(void) {
    OK(prctl(PR_SET_SYSCALL_USER_DISPATCH, ON, 0, 0, &selector));
    selector = 1;
}

static void check_sent(int count) {
    selector = 1;
    syscall(SYS_getppid);
    CHECK(selector == 0 && sent == count);
}

static void *thread(void *argument) {
    turn_on();
    is_there = 1;
    // No call may be made here.
    while (!may_go_on)
        ;
    check_sent(1);
    return argument;
}

int main(void) {
    handle(SIGSYS, on_call, 0);
    pthread_t second = start(thread, NULL);
    while (!is_there)
        ;
    turn_on();
    checkpoint_here();
    check_sent(1);
    selector = 1;
    checkpoint_here();
    check_sent(2);
    checkpoint_here();
    may_go_on = 1;
    join(second);
    check_sent(3);
    return succeed();
}
