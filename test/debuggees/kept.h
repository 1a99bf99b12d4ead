// Calls a function while two values stand by turns in all that is the caller's: the registers that a call
// preserves, and words of its frame. (One value alone would look like a held lock, for some values.)
#ifndef KEPT_H
#define KEPT_H

// What `function` gives, or -77 when any of it is not the same afterwards.
int kept(long first, long second, int (*function)(void *), void *argument);

// What they must be is kept as the complements: a debugger that takes a value for something else changes it
// wherever it is.
__asm__(".text\n"
        ".type kept, @function\n"
        "kept: .cfi_startproc\n"
        "push %rbp\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbp, 0\n"
        "push %rbx\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %rbx, 0\n"
        "push %r12\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r12, 0\n"
        "push %r13\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r13, 0\n"
        "push %r14\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r14, 0\n"
        "push %r15\n.cfi_adjust_cfa_offset 8\n.cfi_rel_offset %r15, 0\n"
        "sub $40, %rsp\n.cfi_adjust_cfa_offset 40\n"
        "mov %rdi, %rbx\nmov %rsi, %rbp\nmov %rdi, %r12\nmov %rsi, %r13\nmov %rdi, %r14\nmov %rsi, %r15\n"
        "mov %rdi, (%rsp)\nmov %rsi, 8(%rsp)\nmov %rdi, 16(%rsp)\n"
        "not %rdi\nnot %rsi\nmov %rdi, 24(%rsp)\nmov %rsi, 32(%rsp)\n"
        "mov %rdx, %rax\nmov %rcx, %rdi\ncall *%rax\n"
        "mov 24(%rsp), %rcx\nnot %rcx\nmov 32(%rsp), %rdx\nnot %rdx\n"
        "cmp %rcx, %rbx\njne 1f\ncmp %rdx, %rbp\njne 1f\ncmp %rcx, %r12\njne 1f\ncmp %rdx, %r13\njne 1f\n"
        "cmp %rcx, %r14\njne 1f\ncmp %rdx, %r15\njne 1f\n"
        "cmp %rcx, (%rsp)\njne 1f\ncmp %rdx, 8(%rsp)\njne 1f\ncmp %rcx, 16(%rsp)\nje 2f\n"
        "1: mov $-77, %eax\n"
        "2: add $40, %rsp\n.cfi_adjust_cfa_offset -40\n"
        "pop %r15\n.cfi_adjust_cfa_offset -8\n.cfi_restore %r15\n"
        "pop %r14\n.cfi_adjust_cfa_offset -8\n.cfi_restore %r14\n"
        "pop %r13\n.cfi_adjust_cfa_offset -8\n.cfi_restore %r13\n"
        "pop %r12\n.cfi_adjust_cfa_offset -8\n.cfi_restore %r12\n"
        "pop %rbx\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbx\n"
        "pop %rbp\n.cfi_adjust_cfa_offset -8\n.cfi_restore %rbp\n"
        "ret\n.cfi_endproc\n.size kept, . - kept\n");

#endif
