// stresses: every thread has something else in its stack pointer than a stack
// There is no memory below it that could be used for a call.
#include "hazard.h"

#define ROUNDS 300

static void *compute(void *argument) {
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t used = 0, left = 2000000;
        __asm__ volatile("mov %%rsp, %%r10\n\t"
                         "mov $5, %%esp\n"
                         "1:\tdec %1\n\t"
                         "jnz 1b\n\t"
                         "mov %%rsp, %0\n\t"
                         "mov %%r10, %%rsp"
                         : "+r"(used), "+r"(left)
                         :
                         : "r10", "cc", "memory");
        CHECK(used == 5);
    }
    return argument;
}

int main(void) {
    checkpoint_here();
    pthread_t worker = start(compute, NULL);
    compute(NULL);
    join(worker);
    checkpoint_here();
    return succeed();
}
