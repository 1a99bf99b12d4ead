// A handler that has the program go on behind the instruction that it faulted at; on a stack of its own, another that does so, too.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>

static volatile int faults;

static void skip(int number, siginfo_t *info, void *context) {
    (void)info;
    faults += number == SIGILL;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

int main(void) {
    static char stack[65536];
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = skip;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGILL, &action, NULL);
    __asm__ volatile("ud2"); // #FAULT1
    faults += 10;            // #AFTER1
    sigaltstack(&own, NULL);
    action.sa_flags |= SA_ONSTACK;
    sigaction(SIGILL, &action, NULL);
    __asm__ volatile("ud2"); // #FAULT2
    faults += 10;            // #AFTER2
    printf("%d\n", faults);  // #END
    return 0;
}
