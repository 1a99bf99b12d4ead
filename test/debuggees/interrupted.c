// Steps that are interrupted: by a handler of its own signals, by a comparison that a library calls, by
// recursion in one line.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t count;

static void on_signal(int number) {
    (void)number;
    count++; // #HANDLER
}

static int compare(const void *a, const void *b) {
    int left = *(const int *)a, right = *(const int *)b; // #COMPARE
    return left - right;                                 // #COMPARED
}

static int nested(int n) { return n == 0 ? 0 : 1 + nested(n - 1); } // #NESTED

int main(void) {
    int numbers[] = {3, 1, 2};
    signal(SIGUSR2, on_signal);
    qsort(numbers, 3, sizeof(int), compare);       // #SORT
    raise(SIGUSR2);                                // #RAISE
    int deep = nested(nested(2) + nested(1));      // #DEEP
    printf("%d %d %d\n", numbers[0], deep, count); // #END
    return 0;
}
