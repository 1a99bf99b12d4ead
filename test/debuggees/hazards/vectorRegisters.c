// stresses: all vector registers, whole, held over a checkpoint in two threads
#include "hazard.h"

#define ALL(how)                                                                                             \
    how(0) how(1) how(2) how(3) how(4) how(5) how(6) how(7) how(8) how(9) how(10) how(11) how(12) how(13)    \
        how(14) how(15)
#define LOAD_Y(n) "vmovups " #n "*32(%%rbx), %%ymm" #n "\n\t"
#define STORE_Y(n) "vmovups %%ymm" #n ", " #n "*32(%%r12)\n\t"
#define LOAD_X(n) "movups " #n "*32(%%rbx), %%xmm" #n "\n\t"
#define STORE_X(n) "movups %%xmm" #n ", " #n "*32(%%r12)\n\t"

static void *hold(void *seed) {
    unsigned char given[16 * 32], back[16 * 32];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < (int)sizeof given; i++)
            given[i] = (unsigned char)(i * 5 + (int)(intptr_t)seed + round);
        memset(back, 0, sizeof back);
        int wide = __builtin_cpu_supports("avx") != 0;
        register unsigned char *from __asm__("rbx") = given;
        register unsigned char *to __asm__("r12") = back;
        // checkpoint_here touches none of these registers itself.
        if (wide)
            __asm__ volatile(ALL(LOAD_Y) "call checkpoint_here\n\t" ALL(STORE_Y) "vzeroupper"
                             :
                             : "r"(from), "r"(to)
                             : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
        else
            __asm__ volatile(ALL(LOAD_X) "call checkpoint_here\n\t" ALL(STORE_X)
                             :
                             : "r"(from), "r"(to)
                             : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
        for (int i = 0; i < 16; i++)
            CHECK(memcmp(given + i * 32, back + i * 32, wide ? 32 : 16) == 0);
    }
    return NULL;
}

int main(void) {
    pthread_t thread = start(hold, (void *)3);
    hold((void *)90);
    join(thread);
    return succeed();
}
