// For -O2: inlined calls, parameters that live in registers or nowhere.
#include <stdio.h>
#include <stdlib.h>

static __attribute__((noinline)) void note(int area) {
    printf("area %d\n", area); // #NOTE
}

static inline __attribute__((always_inline)) int square(int side) {
    int area = side * side; // #INLINE
    note(area);             // #CALL
    return area;
}

static __attribute__((noinline)) int combine(int a, int b, int unused) {
    (void)unused;
    int first = square(a);       // #BP1
    printf("first %d\n", first); // #BP2
    return first + square(b);    // #BP3
}

int main(int argc, char **argv) {
    int base = argc > 1 ? atoi(argv[1]) : 3;
    int result = combine(base, base + 1, 99); // #MAIN
    printf("result %d\n", result);            // #END
    return result == 25 ? 0 : 1;
}
