// Runs a restartable sequence (rseq(2)) in the first thread, or ("thread") in another; the debugger stops it
// inside, at `in_section`. The sequence must be aborted and run again, not go on. EXIT-SUCCESS when it was.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/rseq.h>

int aborts, commits;

extern const char in_section[];

static void *run(void *argument) {
    struct rseq *area = (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
    asm goto(".pushsection __rseq_cs, \"aw\"\n\t"
             ".balign 32\n"
             "3:\n\t"
             ".long 0, 0\n\t"
             ".quad 1f, 2f - 1f, 4f\n\t"
             ".popsection\n\t"
             ".pushsection __rseq_failure, \"ax\"\n\t"
             ".byte 0x0f, 0xb9, 0x3d\n\t"
             ".long 0x53053053\n"
             "4:\n\t"
             "jmp %l[aborted]\n\t"
             ".popsection\n"
             "5:\n\t"
             "lea 3b(%%rip), %%rax\n\t"
             "mov %%rax, %0\n"
             "1:\n\t"
             "nop\n\t"
             ".globl in_section\n"
             "in_section:\n\t"
             "nop\n\t"
             "addl $1, %1\n"
             "2:\n\t"
             "jmp 6f\n\t"
             "6:\n\t"
             :
             : "m"(area->rseq_cs), "m"(commits)
             : "rax", "memory", "cc"
             : aborted);
    return argument;
aborted:
    aborts++;
    return run(argument);
}

int main(int argc, char **argv) {
    pthread_t thread;
    (void)argv;
    if (argc > 1) {
        pthread_create(&thread, NULL, run, NULL);
        pthread_join(thread, NULL);
    } else
        run(NULL);
    puts(aborts > 0 && commits == 1 ? "EXIT-SUCCESS" : "FAILED");
    return 0;
}
