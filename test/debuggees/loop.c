// A counter in a loop, changed by a function; prints each turn.
#include <stdio.h>

static volatile int total;

static int add(int left, int right) {
    int sum = left + right; // #ADD
    return sum;
}

int main(int argc, char **argv) {
    (void)argv;
    int turns = argc + 4; // #START
    for (int i = 0; i < turns; i++) {
        total = add(total, i);                  // #BP1
        printf("turn %d total %d\n", i, total); // #BP2
    }
    printf("done %d\n", total); // #END
    return total == 10 ? 0 : 1;
}
