/*
 * The agent: code that runs in the debuggee, put there for a moment and taken out again (remote.c). It uses
 * no stack and nothing outside of itself. Every entry ends at its int3; r15 has the first error of those
 * that the entry looks at. On entry rbp has a struct sigaction of the kernel's (32 bytes) to be filled; at the
 * int3 it has the program's handler of SIGTRAP, which the kernel resets when it was to be ignored.
 *
 * calls    r12 table, r13 count: words of number, six arguments, result (out). All run, whatever they give. Numbers
 *          from FP_DO_SAVE on are not the kernel's but (remote.h):
 *          save: slot             what the thread has, into a struct fp_slot; gives the first error
 *          restore: slot          the same, back
 *          list: records, first, limit, end of records, struct stat     what the descriptors are; gives the end of
 *                                 the records that were filled
 *          seek: records, count   puts back the offsets that are not negative, and the status flags
 * births   the same table, of clones that make threads; the sixth argument is the newborn's struct fp_run. The
 *          newborn has its slot restored and ends as save does.
 * save     r14 struct fp_run, which has the answers: several threads may run it at once.
 */
        .text
        .globl fp_agent_begin, fp_agent_calls, fp_agent_births, fp_agent_save, fp_agent_end
        .hidden fp_agent_begin, fp_agent_calls, fp_agent_births, fp_agent_save, fp_agent_end

        .set SYS_fstat, 5
        .set SYS_lseek, 8
        .set SYS_rt_sigaction, 13
        .set SYS_rt_sigpending, 127
        .set SYS_fcntl, 72
        .set SYS_sigaltstack, 131
        .set SYS_prctl, 157
        .set SYS_set_robust_list, 273
        .set SYS_get_robust_list, 274
        .set SYS_rseq, 334
        .set SIGTRAP, 5
        .set PR_SET_NAME, 15
        .set PR_GET_NAME, 16
        .set PR_GET_TID_ADDRESS, 40
        .set PR_SET_PDEATHSIG, 1
        .set PR_GET_PDEATHSIG, 2
        .set PR_SET_TIMERSLACK, 29
        .set PR_GET_TIMERSLACK, 30
        .set PR_SET_NO_NEW_PRIVS, 38
        .set PR_GET_NO_NEW_PRIVS, 39
        .set EBADF, 9
        .set F_GETFL, 3
        .set F_SETFL, 4

        /* Numbers that are not the kernel's (remote.h). */
        .set DO_SAVE, 0x10000
        .set DO_RESTORE, 0x10001
        .set DO_LIST, 0x10002

        /* struct fp_slot (remote.h) */
        .set SLOT_STACK, 0
        .set SLOT_STACK_FLAGS, 8
        .set SLOT_INHERITED, -1
        .set SLOT_ROBUST, 24
        .set SLOT_TID_ADDRESS, 32
        .set SLOT_NAME, 40
        .set SLOT_NAME_END, 55
        .set SLOT_RSEQ, 56
        .set SLOT_RSEQ_SIZE, 64
        .set SLOT_RSEQ_SIGNATURE, 68
        .set SLOT_RSEQ_FORMER, 72
        .set SLOT_RSEQ_FORMER_SIZE, 80
        .set SLOT_RSEQ_FORMER_SIGNATURE, 84
        .set SLOT_TIMER_SLACK, 88
        .set SLOT_DEATH_SIGNAL, 96
        .set SLOT_NO_NEW_PRIVS, 100

        /* struct fp_run (remote.h) */
        .set RUN_HANDLER, 104
        .set RUN_RESULT, 112
        .set RUN_PENDING, 120
        .set RUN_LENGTH, 128

        /* What list and seek have of a descriptor (shim_copies.h). */
        .set RECORD_MODE, 4
        .set RECORD_OFFSET, 8
        .set RECORD_DEVICE, 16
        .set RECORD_INODE, 24
        .set RECORD_FLAGS, 32
        .set RECORD_RDEV, 36
        .set RECORD_SIZE, 40
        .set STAT_DEVICE, 0
        .set STAT_INODE, 8
        .set STAT_MODE, 24
        .set STAT_RDEV, 40

        .macro look_at_sigtrap
        mov $SYS_rt_sigaction, %eax
        mov $SIGTRAP, %edi
        xor %esi, %esi
        mov %rbp, %rdx
        mov $8, %r10d
        syscall
        mov (%rbp), %rbp
        .endm

        .macro note_error
        test %rax, %rax
        jns 1f
        test %r15, %r15
        cmovz %rax, %r15
1:
        .endm

        .macro load_call
        mov (%r12), %rax
        mov 8(%r12), %rdi
        mov 16(%r12), %rsi
        mov 24(%r12), %rdx
        mov 32(%r12), %r10
        mov 40(%r12), %r8
        .endm

fp_agent_begin:
fp_agent_calls:
        look_at_sigtrap
next_call:
        load_call
        mov 48(%r12), %r9
        cmp $DO_SAVE, %rax
        jae own_call
        syscall
call_done:
        mov %rax, 56(%r12)
        add $64, %r12
        dec %r13
        jnz next_call
done:
        int3

        /* The routines go on at rbx with their result in rax. */
own_call:
        lea call_done(%rip), %rbx
        mov %rdi, %r14
        je save
        cmp $DO_LIST, %rax
        jb restore
        je list
        jmp seek

fp_agent_births:
        look_at_sigtrap
next_birth:
        load_call
        mov 48(%r12), %r14
        syscall
        test %rax, %rax
        jz newborn
        mov %rax, 56(%r12)
        add $64, %r12
        dec %r13
        jnz next_birth
        jmp done
newborn:
        lea run_ended(%rip), %rbx
        jmp restore

fp_agent_save:
        look_at_sigtrap
        lea save_more(%rip), %rbx
        jmp save
save_more:
        mov $SYS_get_robust_list, %eax
        xor %edi, %edi
        lea SLOT_ROBUST(%r14), %rsi
        lea RUN_LENGTH(%r14), %rdx
        syscall
        mov $SYS_rt_sigpending, %eax
        lea RUN_PENDING(%r14), %rdi
        mov $8, %esi
        syscall
run_ended:
        mov %rbp, RUN_HANDLER(%r14)
        mov %r15, RUN_RESULT(%r14)
        jmp done

save:
        xor %r15d, %r15d
        mov $SYS_sigaltstack, %eax
        xor %edi, %edi
        lea SLOT_STACK(%r14), %rsi
        syscall
        note_error
        mov $SYS_prctl, %eax
        mov $PR_GET_TID_ADDRESS, %edi
        lea SLOT_TID_ADDRESS(%r14), %rsi
        syscall
        mov $SYS_prctl, %eax
        mov $PR_GET_NAME, %edi
        lea SLOT_NAME(%r14), %rsi
        syscall
        note_error
        mov $SYS_prctl, %eax
        mov $PR_GET_TIMERSLACK, %edi
        syscall
        mov %rax, SLOT_TIMER_SLACK(%r14)
        mov $SYS_prctl, %eax
        mov $PR_GET_PDEATHSIG, %edi
        lea SLOT_DEATH_SIGNAL(%r14), %rsi
        syscall
        note_error
        mov $SYS_prctl, %eax
        mov $PR_GET_NO_NEW_PRIVS, %edi
        xor %esi, %esi
        xor %edx, %edx
        xor %r10d, %r10d
        xor %r8d, %r8d
        syscall
        mov %eax, SLOT_NO_NEW_PRIVS(%r14)
        mov %r15, %rax
        jmp *%rbx

restore:
        xor %r15d, %r15d
        cmpl $SLOT_INHERITED, SLOT_STACK_FLAGS(%r14)
        je 10f /* the thread may stand on it: then it cannot be set */
        mov $SYS_sigaltstack, %eax
        lea SLOT_STACK(%r14), %rdi
        xor %esi, %esi
        syscall
        note_error
10:     mov $SYS_set_robust_list, %eax
        mov SLOT_ROBUST(%r14), %rdi
        mov $24, %esi
        syscall
        note_error
        cmpb $0, SLOT_NAME_END(%r14)
        jne 12f
        mov $SYS_prctl, %eax
        mov $PR_SET_NAME, %edi
        lea SLOT_NAME(%r14), %rsi
        syscall
        note_error
12:     mov SLOT_RSEQ_FORMER(%r14), %rdi
        test %rdi, %rdi
        jz 2f
        mov $SYS_rseq, %eax
        mov SLOT_RSEQ_FORMER_SIZE(%r14), %esi
        mov $1, %edx /* RSEQ_FLAG_UNREGISTER */
        mov SLOT_RSEQ_FORMER_SIGNATURE(%r14), %r10d
        syscall
        note_error
2:      mov SLOT_RSEQ(%r14), %rdi
        test %rdi, %rdi
        jz 3f
        mov $SYS_rseq, %eax
        mov SLOT_RSEQ_SIZE(%r14), %esi
        xor %edx, %edx
        mov SLOT_RSEQ_SIGNATURE(%r14), %r10d
        syscall
        note_error
3:      mov SLOT_TIMER_SLACK(%r14), %rsi
        test %rsi, %rsi
        jz 13f
        mov $SYS_prctl, %eax
        mov $PR_SET_TIMERSLACK, %edi
        syscall
13:     mov SLOT_DEATH_SIGNAL(%r14), %esi
        test %esi, %esi
        jz 14f
        mov $SYS_prctl, %eax
        mov $PR_SET_PDEATHSIG, %edi
        syscall
        note_error
14:     cmpl $1, SLOT_NO_NEW_PRIVS(%r14)
        jne 11f
        mov $SYS_prctl, %eax
        mov $PR_SET_NO_NEW_PRIVS, %edi
        mov $1, %esi
        xor %edx, %edx
        xor %r10d, %r10d
        xor %r8d, %r8d
        syscall
        note_error
11:     mov %r15, %rax
        jmp *%rbx

        /* r14 records, r9 descriptor, r10 limit, r8 end of the records, r15 struct stat */
list:
        mov %r8, %r15
        mov %r10, %r8
        mov %rdx, %r10
        mov %rsi, %r9
4:      cmp %r10, %r9
        jae 6f
        mov $SYS_fstat, %eax
        mov %r9, %rdi
        mov %r15, %rsi
        syscall
        cmp $-EBADF, %rax
        je 5f
        mov %r9d, (%r14)
        mov STAT_MODE(%r15), %eax
        mov %eax, RECORD_MODE(%r14)
        mov STAT_DEVICE(%r15), %rax
        mov %rax, RECORD_DEVICE(%r14)
        mov STAT_INODE(%r15), %rax
        mov %rax, RECORD_INODE(%r14)
        mov STAT_RDEV(%r15), %eax
        mov %eax, RECORD_RDEV(%r14)
        mov $SYS_lseek, %eax
        mov %r9, %rdi
        xor %esi, %esi
        mov $1, %edx /* SEEK_CUR */
        syscall
        mov %rax, RECORD_OFFSET(%r14)
        mov $SYS_fcntl, %eax
        mov %r9, %rdi
        mov $F_GETFL, %esi
        syscall
        mov %eax, RECORD_FLAGS(%r14)
        add $RECORD_SIZE, %r14
5:      inc %r9
        cmp %r8, %r14
        jb 4b
6:      mov %r14, %rax
        jmp *%rbx

        /* r14 records, r9 count */
seek:
        mov %rsi, %r9
7:      test %r9, %r9
        jz 9f
        mov RECORD_OFFSET(%r14), %rsi
        test %rsi, %rsi
        js 8f
        mov $SYS_lseek, %eax
        mov (%r14), %edi
        xor %edx, %edx /* SEEK_SET */
        syscall
8:      mov $SYS_fcntl, %eax
        mov (%r14), %edi
        mov $F_SETFL, %esi
        mov RECORD_FLAGS(%r14), %edx
        syscall
        add $RECORD_SIZE, %r14
        dec %r9
        jmp 7b
9:      xor %eax, %eax
        jmp *%rbx
fp_agent_end:

        .section .note.GNU-stack, "", @progbits
