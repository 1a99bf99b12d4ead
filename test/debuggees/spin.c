// Runs for ever, in user code, until it is paused; `stop` ends it.
#include <stdio.h>

volatile int stop;
volatile unsigned long counter;

int main(void) {
    printf("spinning\n"); // #BP1
    fflush(stdout);
    while (!stop)
        counter++;       // #SPIN
    printf("stopped\n"); // #END
    return 0;
}
