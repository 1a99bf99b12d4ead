// Signal handlers that do not return: one of a fault, which stops first, and one of a timer, which does not.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigjmp_buf outer, inner;
static volatile int faults, alarms, turns;

static void onFault(int number) {
    if (sigsetjmp(inner, 0) == 0) // the handler's own jump is no way out
        siglongjmp(inner, 1);
    faults += number == SIGSEGV;
    siglongjmp(outer, 1);
}

static void onAlarm(int number) {
    alarms += number == SIGALRM;
    siglongjmp(outer, 2);
}

int main(void) {
    signal(SIGSEGV, onFault);
    signal(SIGALRM, onAlarm);
    if (sigsetjmp(outer, 1) == 0) // #SET1
        *(volatile int *)8 = 1;   // #FAULT
    faults += 10;                 // #AFTER1
    if (sigsetjmp(outer, 1) == 0) { // #SET2
        ualarm(20000, 0);           // #TIMER
        while (1) turns++;          // #LOOP
    }
    alarms += 10;                           // #AFTER2
    printf("%d %d\n", faults, alarms);      // #END
    return 0;
}
