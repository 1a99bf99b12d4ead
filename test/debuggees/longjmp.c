// A call that never returns to its caller's next line but jumps out, under a step.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf place;

static void leap(int value) {
    longjmp(place, value); // #LEAP
}

int main(void) {
    int came = setjmp(place); // #SET
    if (came == 0) {
        leap(3);              // #BP1
        printf("not here\n"); // #NEVER
    }
    printf("came back with %d\n", came); // #LANDED
    return came;                         // #END
}
