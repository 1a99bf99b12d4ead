// stresses: rounding modes in MXCSR and the x87 control word, values left on the x87 stack, exception flags
// builds: default optimized
#include "hazard.h"
#include <fenv.h>

static pthread_barrier_t barrier;

static void mode_is(int mode) {
    unsigned mxcsr = __builtin_ia32_stmxcsr();
    unsigned short control;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    CHECK(fegetround() == mode);
    CHECK((mxcsr >> 13 & 3) == (unsigned)mode >> 10 && (control >> 10 & 3) == mode >> 10);
}

static void *round_so(void *mode) {
    volatile double one = 1, three = 3;
    OK(fesetround((int)(intptr_t)mode));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    mode_is((int)(intptr_t)mode);
    double third = one / three;
    uint64_t bits;
    memcpy(&bits, &third, sizeof bits);
    CHECK(bits == (mode == (void *)FE_UPWARD ? 0x3fd5555555555556 : 0x3fd5555555555555));
    return NULL;
}

int main(void) {
    OK(pthread_barrier_init(&barrier, NULL, 4));
    pthread_t threads[] = {start(round_so, (void *)FE_UPWARD), start(round_so, (void *)FE_DOWNWARD),
                           start(round_so, (void *)FE_TOWARDZERO)};
    pthread_barrier_wait(&barrier);
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(FE_DIVBYZERO);
    double one, pi;
    // Two values stay in the x87 registers over the call.
    __asm__ volatile("fldpi\n\tfld1\n\tcall checkpoint_here\n\tfstpl %0\n\tfstpl %1"
                     : "=m"(one), "=m"(pi)
                     :
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
    CHECK(one == 1 && pi > 3.14159 && pi < 3.1416);
    // Inexact, because pi was stored shorter than it is.
    CHECK(fetestexcept(FE_ALL_EXCEPT) == (FE_DIVBYZERO | FE_INEXACT));
    mode_is(FE_TONEAREST);
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    return succeed();
}
