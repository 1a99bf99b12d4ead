// Programs in narrow places, by argument: "strict" forbids itself clone and prctl, "guard" is at the end of
// its stack, "mappings" has tens of thousands, "vdso" has unmapped its vDSO. EXIT-SUCCESS when the last call
// gives what it must.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

void checkpoint_here(void) { asm volatile(""); }

#define FORBID(number)                                                                                       \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static int forbid(void) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        FORBID(SYS_clone),
        FORBID(SYS_clone3),
        FORBID(SYS_prctl),
        FORBID(SYS_getitimer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Calls the function with the stack pointer `room` bytes above the lowest page of a stack that has nothing
 * below. */
static void at_end_of_stack(size_t room) {
    const size_t page = 4096;
    char *area = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(area + page, page, PROT_READ | PROT_WRITE);
    char *top = area + page + room;
    memset(area + page, 0x5a, room > 64 ? room - 64 : 0);
    asm volatile("mov %%rsp, %%rbx\n\tmov %0, %%rsp\n\tcall *%1\n\tmov %%rbx, %%rsp"
                 :
                 : "r"(top), "r"(checkpoint_here)
                 : "rbx", "memory", "cc", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
    for (size_t i = 0; room > 64 && i < room - 64; i++)
        if (area[page + i] != 0x5a)
            puts("the stack was written to");
}

static void many_mappings(void) {
    const size_t page = 4096, count = 30000;
    char *area =
        mmap(NULL, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    for (size_t i = 0; i < count; i += 2)
        mprotect(area + i * page, page, PROT_READ);
    area[page] = 42;
    checkpoint_here();
    if (area[page] != 42 || area[3 * page] != 0)
        puts("a mapping has changed");
}

static void without_vdso(void) {
    const unsigned long vdso = getauxval(AT_SYSINFO_EHDR);
    if (munmap((void *)vdso, 8192) != 0)
        perror("munmap");
    checkpoint_here();
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "strict") == 0) {
        if (forbid() != 0)
            perror("seccomp");
        checkpoint_here();
    } else if (strcmp(what, "guard") == 0) {
        at_end_of_stack(128);
        at_end_of_stack(3000);
    } else if (strcmp(what, "mappings") == 0)
        many_mappings();
    else
        without_vdso();
    puts("EXIT-SUCCESS");
    return 0;
}
