/* System calls made in a stopped thread on the tracer's behalf, undone in it and in what it clones. */
#include "shim.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define EVENT(status) ((status) >> 16)
#define MAX_SCRATCH 512
/* struct robust_list_head: no other length is taken. */
#define ROBUST_LIST_SIZE 24

/* What a thread was before an injection. */
struct injection {
    pid_t tid;
    uint64_t site;
    struct user_regs_struct saved;
    uint64_t mask;
    struct fp_pin pin;
    int stopped_meanwhile; /* SIGSTOP, which cannot be blocked, came and must come again */
};

static int begin(struct injection *injection, pid_t tid, uint64_t site) {
    uint64_t all = ~0ULL;
    injection->tid = tid;
    injection->site = site;
    injection->stopped_meanwhile = 0;
    /* A pending signal would be delivered before the injected call. */
    if (ptrace(PTRACE_GETREGS, tid, 0, &injection->saved) != 0 ||
        ptrace(PTRACE_GETSIGMASK, tid, 8, &injection->mask) != 0 ||
        ptrace(PTRACE_SETSIGMASK, tid, 8, &all) != 0)
        return -errno;
    fp_pin(tid, &injection->pin);
    return 0;
}

/*
 * Resumes until the thread is at a system call's entry or exit, or in a clone event; stops of other kinds are
 * passed. Gives the wait status, or -errno; -ESRCH when the thread dies.
 */
static int next_stop(struct injection *injection, int request) {
    int status;
    for (;;) {
        if (ptrace(request, injection->tid, 0, 0) != 0)
            return -errno;
        if (fp_wait_stopped(injection->tid, &status) != 0)
            return -errno;
        if (!WIFSTOPPED(status) || EVENT(status) == PTRACE_EVENT_EXIT)
            return -ESRCH;
        if (request == PTRACE_CONT && EVENT(status) == PTRACE_EVENT_STOP)
            return status;
        if (EVENT(status) == PTRACE_EVENT_CLONE || EVENT(status) == PTRACE_EVENT_FORK ||
            EVENT(status) == PTRACE_EVENT_VFORK || WSTOPSIG(status) == SYSCALL_STOP)
            return status;
        if (!EVENT(status) && WSTOPSIG(status) == SIGSTOP)
            injection->stopped_meanwhile = 1;
    }
}

/* Enters a system call and runs to its exit or its clone event. Gives the wait status of that, or -errno. */
static int run_call(struct injection *injection, const uint64_t words[7]) {
    struct user_regs_struct registers = injection->saved;
    registers.rip = injection->site;
    registers.rax = words[0];
    /* Else the kernel takes the thread for one in a system call that it may have to restart. */
    registers.orig_rax = ~0ULL;
    registers.rdi = words[1];
    registers.rsi = words[2];
    registers.rdx = words[3];
    registers.r10 = words[4];
    registers.r8 = words[5];
    registers.r9 = words[6];
    if (ptrace(PTRACE_SETREGS, injection->tid, 0, &registers) != 0)
        return -errno;
    int status = next_stop(injection, PTRACE_SYSCALL);
    return status < 0 ? status : next_stop(injection, PTRACE_SYSCALL);
}

/* Whether the program was in a system call of its own that the kernel restarts or ends with EINTR on the way
 * out. */
static int has_call_to_restart(const struct user_regs_struct *registers) {
    long result = (long)registers->rax;
    return (long)registers->orig_rax >= 0 &&
           (result == -512 || result == -513 || result == -514 || result == -516);
}

/*
 * Leaves the kernel by the way on which it looks at signals: only there does it decide about a system call to
 * restart. Must be asked for while the thread is still stopped inside the injected call.
 */
static int leave(struct injection *injection) {
    if (ptrace(PTRACE_INTERRUPT, injection->tid, 0, 0) != 0)
        return -errno;
    int status = next_stop(injection, PTRACE_CONT);
    return status < 0 ? status : 0;
}

static int put_back(const struct injection *injection, pid_t tid) {
    fp_unpin(tid, &injection->pin);
    if (ptrace(PTRACE_SETREGS, tid, 0, &injection->saved) != 0 ||
        ptrace(PTRACE_SETSIGMASK, tid, 8, &injection->mask) != 0)
        return -errno;
    return 0;
}

static int finish(struct injection *injection, int in_call) {
    int status = in_call ? leave(injection) : 0;
    if (status == 0)
        status = put_back(injection, injection->tid);
    if (injection->stopped_meanwhile)
        syscall(SYS_tkill, injection->tid, SIGSTOP);
    return status;
}

static int64_t run_calls(struct injection *injection, uint64_t *calls, int32_t count, int *in_call) {
    int32_t done = 0;
    for (; done < count; done++, calls += 8) {
        int status = run_call(injection, calls);
        if (status < 0)
            return status;
        *in_call = 1;
        errno = 0;
        calls[7] =
            (uint64_t)ptrace(PTRACE_PEEKUSER, injection->tid, offsetof(struct user_regs_struct, rax), 0);
        if ((int64_t)calls[7] < 0 && (int64_t)calls[7] > -4096)
            return done + 1;
    }
    return done;
}

FP_EXPORT int64_t fp_inject(int32_t tid, int32_t memory, int64_t site, uint8_t *calls, int32_t count,
                            uint8_t *scratch) {
    struct injection injection;
    uint64_t area[2];
    uint8_t before[MAX_SCRATCH];
    int in_call = 0;
    memcpy(area, scratch, sizeof area);
    if (area[1] > MAX_SCRATCH)
        return -EINVAL;
    ssize_t size = (ssize_t)area[1];
    if (pread(memory, before, area[1], (off_t)area[0]) != size ||
        pwrite(memory, scratch + 16, area[1], (off_t)area[0]) != size)
        return -EFAULT;
    int64_t result = begin(&injection, tid, (uint64_t)site);
    if (result == 0) {
        result = run_calls(&injection, (uint64_t *)calls, count, &in_call);
        int status =
            result == -ESRCH ? 0 : finish(&injection, in_call && has_call_to_restart(&injection.saved));
        if (status < 0)
            result = status;
    }
    if (pread(memory, scratch + 16, area[1], (off_t)area[0]) != size ||
        pwrite(memory, before, area[1], (off_t)area[0]) != size)
        return result < 0 ? result : -EFAULT;
    return result;
}

FP_EXPORT int64_t fp_get_tid_address(int32_t tid, int32_t memory, int64_t site, int64_t scratch,
                                     uint8_t *address) {
    uint64_t call[8] = {SYS_prctl, PR_GET_TID_ADDRESS, (uint64_t)scratch};
    uint8_t area[24] = {0};
    uint64_t header[2] = {(uint64_t)scratch, 8};
    memcpy(area, header, sizeof header);
    int64_t result = fp_inject(tid, memory, site, (uint8_t *)call, 1, area);
    if (result < 0)
        return result;
    memcpy(address, area + 16, 8);
    return (int64_t)call[7];
}

FP_EXPORT int64_t fp_get_robust_list(int32_t tid, int32_t memory, uint8_t *list, uint8_t *held) {
    uint64_t values[2] = {0, 0};
    /* struct robust_list_head (linux/futex.h): next, offset, and the lock that is being taken. */
    uint64_t head[3] = {0, 0, 0};
    if (syscall(SYS_get_robust_list, tid, &values[0], &values[1]) != 0)
        return -errno;
    memcpy(list, values, sizeof values);
    held[0] = values[0] != 0 && pread(memory, head, sizeof head, (off_t)values[0]) == sizeof head &&
              (head[0] != values[0] || head[2] != 0);
    return 0;
}

/* The child of a clone event: stopped, with its parent's former registers and signal mask, and a robust list.
 */
static int settle_child(const struct injection *injection, pid_t child, uint64_t robust_list) {
    int status;
    do {
        if (fp_wait_stopped(child, &status) != 0)
            return -errno;
        if (!WIFSTOPPED(status))
            return -ESRCH;
        if (EVENT(status) != PTRACE_EVENT_STOP && ptrace(PTRACE_CONT, child, 0, 0) != 0)
            return -errno;
    } while (EVENT(status) != PTRACE_EVENT_STOP);
    if (robust_list == 0)
        return put_back(injection, child);
    const uint64_t call[7] = {SYS_set_robust_list, robust_list, ROBUST_LIST_SIZE};
    struct injection own = *injection;
    own.tid = child;
    status = run_call(&own, call);
    return status < 0 ? status : finish(&own, has_call_to_restart(&own.saved));
}

/* Runs a call that clones. Gives the child's process id, or -errno of the call. */
static int64_t clone_once(struct injection *injection, const uint64_t words[7], uint64_t robust_list) {
    unsigned long child = 0;
    int status = run_call(injection, words);
    if (status == -ESRCH)
        return -ESRCH;
    if (status < 0) {
        finish(injection, 0);
        return status;
    }
    long result = 0;
    if (EVENT(status))
        ptrace(PTRACE_GETEVENTMSG, injection->tid, 0, &child);
    else
        result = ptrace(PTRACE_PEEKUSER, injection->tid, offsetof(struct user_regs_struct, rax), 0);
    int settled = child ? settle_child(injection, (pid_t)child, robust_list) : 0;
    int finished = finish(injection, child != 0 || has_call_to_restart(&injection->saved));
    if (child == 0)
        return result < 0 ? result : -ENOSYS;
    if (settled < 0 || finished < 0) {
        fp_kill((int32_t)child, 1);
        return settled < 0 ? settled : finished;
    }
    return (int64_t)child;
}

FP_EXPORT int64_t fp_clone(int32_t tid, int32_t memory, int64_t site, int64_t scratch, int64_t flags,
                           int64_t child_tid, int32_t set_tid, int64_t robust_list) {
    struct injection injection;
    struct {
        struct clone_args args;
        pid_t tid;
    } record = {.args = {.flags = (uint64_t)flags,
                         .child_tid = (uint64_t)child_tid,
                         .set_tid = (uint64_t)scratch + sizeof(struct clone_args),
                         .set_tid_size = 1},
                .tid = set_tid};
    uint8_t before[sizeof record];
    /* clone(2) as the kernel has it on x86-64: flags, stack, parent_tid, child_tid, tls. */
    const uint64_t plain[7] = {SYS_clone, (uint64_t)flags, 0, 0, (uint64_t)child_tid, 0, 0};
    const uint64_t extended[7] = {SYS_clone3, (uint64_t)scratch, sizeof record.args, 0, 0, 0, 0};
    int64_t result = begin(&injection, tid, (uint64_t)site);
    if (result < 0 || set_tid == 0)
        return result < 0 ? result : clone_once(&injection, plain, (uint64_t)robust_list);
    if (pread(memory, before, sizeof before, scratch) != sizeof before ||
        pwrite(memory, &record, sizeof record, scratch) != sizeof record) {
        finish(&injection, 0);
        return -EFAULT;
    }
    result = clone_once(&injection, extended, (uint64_t)robust_list);
    if (pwrite(memory, before, sizeof before, scratch) != sizeof before && result > 0) {
        fp_kill((int32_t)result, 1);
        return -EFAULT;
    }
    if (result > 0 && !(flags & CLONE_VM)) {
        struct iovec local = {before, sizeof before}, remote = {(void *)scratch, sizeof before};
        if (process_vm_writev((pid_t)result, &local, 1, &remote, 1, 0) != sizeof before) {
            fp_kill((int32_t)result, 1);
            return -EFAULT;
        }
    }
    return result;
}
