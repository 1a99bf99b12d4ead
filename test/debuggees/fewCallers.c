// Functions of one file that an optimizing compiler makes for their only callers, and a struct that is aligned more than its members.
#include <stdio.h>
#include <stdlib.h>

struct aligned {
    long a, b, c;
} __attribute__((aligned(16)));

__attribute__((noinline)) static int always_one(int one, int unused, int number) {
    __asm__ volatile("");
    return one * 100 + number;
}

__attribute__((noinline)) static int of_any(int one, int number) {
    __asm__ volatile("");
    return one * 100 + number;
}

__attribute__((noinline)) long behind_six(long a, long b, long c, long d, long e, long f, long g, struct aligned last) {
    __asm__ volatile("");
    return a + b + c + d + e + f + g * 1000 + last.a * 100 + last.b * 10 + last.c;
}

struct aligned three = {2, 3, 4};

int main(int argc, char **argv) {
    int given = atoi(argv[argc - 1]);
    int number = always_one(1, 2, argc) + always_one(1, argc, given) + of_any(argc, given) + of_any(given, 2);
    long more = behind_six(0, 0, 0, 0, 0, 0, argc, three);
    printf("%d %ld\n", number, more); // #MAIN
    return 0;
}
