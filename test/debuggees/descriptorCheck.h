// What the programs about descriptors have in common: two places to be stopped at, and checks that end the program.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno));                                       \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static volatile int places;

// A checkpoint is made in the first; what follows changes all that it has. The second one is left as a branch.
__attribute__((noinline)) void first(void) { places++; }
__attribute__((noinline)) void second(void) { places++; }

static inline int success(void) {
    printf("EXIT-SUCCESS\n");
    return 0;
}
