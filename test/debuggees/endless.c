// A function that never returns, called by nobody but a debugger.
#include <stdio.h>
#include <unistd.h>

volatile long turns;

int spin(void) {
    for (;;)
        turns++;
}

int main(void) {
    puts("begin"); // #BP1
    puts("end");   // #BP2
    return getpid() == 0;
}
