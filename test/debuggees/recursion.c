// Recursion, where a step over a call must not stop in a deeper instance of the same function.
#include <stdio.h>

static int factorial(int n) {
    if (n <= 1)                   // #TEST
        return 1;                 // #BASE
    int below = factorial(n - 1); // #CALL
    return n * below;             // #AFTER
}

static int depth(int n) {
    int local = n;
    if (n == 0)
        return 0;                      // #DEEPEST
    return depth(n - 1) + (local > 0); // #DEEPER
}

int main(void) {
    int small = factorial(5);       // #BP1
    int deep = depth(500);          // #BP2
    printf("%d %d\n", small, deep); // #END
    return 0;
}
