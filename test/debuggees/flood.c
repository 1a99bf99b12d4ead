// Writes for ever, as fast as it can.
#include <stdio.h>

int main(void) {
    for (unsigned long line = 0;; line++)
        printf("line %lu\n", line); // #LINE
}
