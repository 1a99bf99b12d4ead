/* What a thread met while it ran the agent, met again; by system calls that end in no trap. */
#include "remote.h"

#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENT(status) ((status) >> 16)
#define SYSCALL_STOP (SIGTRAP | 0x80)

/* Resumes until a system call's entry or exit, or a PTRACE_EVENT_STOP that was asked for. */
static int next_stop(struct fp_remote *remote, int request) {
    int status;
    for (;;) {
        if (ptrace(request, remote->tid, 0, 0) != 0 || fp_wait_stopped(remote->tid, &status) != 0)
            return -ESRCH;
        if (!WIFSTOPPED(status) || EVENT(status) == PTRACE_EVENT_EXIT)
            return -ESRCH;
        if (EVENT(status) == PTRACE_EVENT_STOP ? request == PTRACE_CONT : WSTOPSIG(status) == SYSCALL_STOP)
            return 0;
        remote->stopped_meanwhile |= !EVENT(status) && WSTOPSIG(status) == SIGSTOP;
    }
}

/* A system call of the thread's that ends in no trap; gives its result. */
static int call_quietly(struct fp_remote *remote, const uint64_t words[5], int64_t *result) {
    const uint8_t *end = fp_agent_end;
    uint64_t syscall_instruction = 0;
    for (const uint8_t *at = fp_agent_begin; at < end && syscall_instruction == 0; at++)
        if (at[0] == 0x0f && at[1] == 0x05)
            syscall_instruction = remote->area->site.code + (uint64_t)(at - fp_agent_begin);
    struct user_regs_struct going = remote->saved;
    going.rip = syscall_instruction;
    going.rax = words[0];
    going.orig_rax = ~0ULL;
    going.rdi = words[1];
    going.rsi = words[2];
    going.rdx = words[3];
    going.r10 = words[4];
    if (ptrace(PTRACE_SETREGS, remote->tid, 0, &going) != 0)
        return -errno;
    int failed = next_stop(remote, PTRACE_SYSCALL);
    if (failed == 0)
        failed = next_stop(remote, PTRACE_SYSCALL);
    if (failed == 0 && ptrace(PTRACE_GETREGS, remote->tid, 0, &going) != 0)
        failed = -errno;
    *result = (int64_t)going.rax;
    return failed;
}

/*
 * Leaves the kernel by the way on which it looks at signals: only there does it decide about a system call to
 * restart. Must be asked for while the thread is still stopped inside a call.
 */
static int leave_call(struct fp_remote *remote) {
    if (ptrace(PTRACE_INTERRUPT, remote->tid, 0, 0) != 0)
        return -errno;
    return next_stop(remote, PTRACE_CONT);
}

/* By a call that ends in no trap. */
int fp_remote_ignore_trap(struct fp_remote *remote) {
    const uint64_t ignore[4] = {FP_IGNORED};
    const uint64_t place = remote->area->site.scratch;
    int64_t answer;
    if (pwrite(remote->area->site.memory, ignore, sizeof ignore, (off_t)place) != sizeof ignore)
        return -EFAULT;
    int result = call_quietly(remote, (uint64_t[5]){SYS_rt_sigaction, SIGTRAP, place, 0, 8}, &answer);
    return result != 0 ? result : leave_call(remote);
}

/* Sends a signal with its data, which stands in the payload meanwhile, while all are blocked. */
static int send_again(struct fp_remote *remote, const siginfo_t *info,
                      int (*send)(struct fp_remote *, int64_t *)) {
    const uint64_t all = ~0ULL;
    siginfo_t before;
    int64_t result = 0;
    if (fp_area_read(remote->area, &before, sizeof before) != 0 ||
        fp_area_write(remote->area, info, sizeof *info) != 0)
        return -EFAULT;
    int failed = ptrace(PTRACE_SETSIGMASK, remote->tid, 8, &all) != 0 ? -errno : send(remote, &result);
    if (failed == 0 && result < 0)
        failed = (int)result;
    if (fp_area_write(remote->area, &before, sizeof before) != 0)
        return -EFAULT;
    return failed != 0 ? failed : leave_call(remote);
}

static int send_to_process(struct fp_remote *remote, int64_t *result) {
    const uint64_t place = fp_payload(remote->area);
    return call_quietly(remote, (uint64_t[5]){SYS_rt_sigqueueinfo, (uint64_t)remote->tid, SIGTRAP, place},
                        result);
}

static int send_to_itself(struct fp_remote *remote, int64_t *result) {
    int64_t process = 0, thread = 0;
    int failed = call_quietly(remote, (uint64_t[5]){SYS_getpid}, &process);
    if (failed == 0)
        failed = call_quietly(remote, (uint64_t[5]){SYS_gettid}, &thread);
    if (failed != 0)
        return failed;
    return call_quietly(remote,
                        (uint64_t[5]){SYS_rt_tgsigqueueinfo, (uint64_t)process, (uint64_t)thread,
                                      (uint64_t)remote->fault.si_signo, fp_payload(remote->area)},
                        result);
}

int fp_remote_trap_again(struct fp_remote *remote) {
    return send_again(remote, &remote->trap, send_to_process);
}

int fp_remote_fault_again(struct fp_remote *remote) {
    return send_again(remote, &remote->fault, send_to_itself);
}
