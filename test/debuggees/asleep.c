// Sleeps in a system call until its time is over; tells whether it was cut short.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 1000;
    printf("asleep\n"); // #BP1
    fflush(stdout);
    unsigned left = sleep(seconds); // #SLEEP
    printf("left %u\n", left);      // #END
    return 0;
}
