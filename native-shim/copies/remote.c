/* Running the agent in stopped threads, and undoing every trace of it. */
#include "remote.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVENT(status) ((status) >> 16)

/* Its registers and its mask are saved, and it can run the agent. */
static int prepare(struct fp_remote *remote, const struct fp_area *area) {
    /* A pending signal would be delivered before the agent runs. A blocked SIGTRAP would be reset. */
    uint64_t mask = ~(1ULL << (SIGTRAP - 1));
    const pid_t tid = remote->tid;
    memset(remote, 0, sizeof *remote);
    remote->tid = tid;
    remote->area = area;
    if (ptrace(PTRACE_GETREGS, tid, 0, &remote->saved) != 0 ||
        ptrace(PTRACE_GETSIGMASK, tid, 8, &remote->mask) != 0 ||
        ptrace(PTRACE_SETSIGMASK, tid, 8, &mask) != 0)
        return -errno;
    fp_dispatch_suspend(tid, &remote->dispatch);
    /* Asks for a privilege, and without it there would be nothing to be done. */
    remote->filtered = ptrace(PTRACE_SECCOMP_GET_FILTER, tid, 0, NULL) >= 0;
    if (remote->filtered)
        fp_set_options(tid, 0);
    return 0;
}

int fp_remotes_begin(struct fp_remote *remotes, int32_t count, const struct fp_area *area) {
    for (int32_t i = 0; i < count; i++)
        remotes[i].area = NULL;
    for (int32_t i = 0; i < count; i++) {
        int result = prepare(&remotes[i], area);
        if (result != 0)
            return result;
    }
    fp_leave_rseq(remotes, count);
    return 0;
}

int fp_remote_begin(struct fp_remote *remote, pid_t tid, const struct fp_area *area, int alone) {
    remote->tid = tid;
    int result = fp_remotes_begin(remote, 1, area);
    if (result == 0 && alone)
        fp_pin(tid, &remote->pin);
    return result;
}

/* Sets the first registers of struct user_regs_struct: that takes less than all of them. */
static int set_first(pid_t tid, const struct user_regs_struct *registers, size_t size) {
    struct iovec part = {(void *)registers, size};
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &part) == 0 ? 0 : -errno;
}

int fp_remote_start(struct fp_remote *remote, const uint8_t *entry,
                    const struct user_regs_struct *registers) {
    struct user_regs_struct going = remote->saved;
    going.rip = remote->area->site.code + (uint64_t)(entry - fp_agent_begin);
    /* Else the kernel takes the thread for one in a system call that it may have to restart. */
    going.orig_rax = ~0ULL;
    going.rbp = remote->area->site.scratch;
    going.rbx = registers->rbx;
    going.r12 = registers->r12;
    going.r13 = registers->r13;
    going.r14 = registers->r14;
    going.r15 = registers->r15;
    if (set_first(remote->tid, &going, offsetof(struct user_regs_struct, cs)) != 0 ||
        ptrace(PTRACE_CONT, remote->tid, 0, 0) != 0)
        return -errno;
    return 0;
}

/*
 * A SIGTRAP that the thread was stopped before taking. That of a breakpoint must not come later: with other
 * registers, in another thread or a copy it would mean nothing, and the thread would go on behind the trap.
 * It goes back and meets the trap again. A single step's is over with the step. Only one that was sent is
 * sent again.
 */
static void note_trap(struct fp_remote *remote, const siginfo_t *info) {
    if (info->si_code == SI_KERNEL)
        remote->saved.rip -= 1;
    else if (info->si_code != TRAP_TRACE && info->si_code != TRAP_BRKPT) {
        remote->trapped_meanwhile = 1;
        remote->trap = *info;
    }
}

static int is_fault(int signal) {
    return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE;
}

/*
 * A thread can be stopped between its fault and the fault's signal. With the agent's trap the kernel then
 * takes that signal first, blocked or not (kernel/signal.c, dequeue_synchronous_signal). It is sent again.
 */
static void note_fault(struct fp_remote *remote) {
    remote->faulted_meanwhile = ptrace(PTRACE_GETSIGINFO, remote->tid, 0, &remote->fault) == 0;
}

/* 0 when the thread is to go on, -errno after a fault in the agent. */
static int judge(struct fp_remote *remote, int signal) {
    siginfo_t info = {0};
    ptrace(PTRACE_GETSIGINFO, remote->tid, 0, &info);
    if (signal == SIGSYS)
        return -EPERM;
    if (is_fault(signal) && info.si_code > 0)
        return -EFAULT;
    remote->stopped_meanwhile |= signal == SIGSTOP;
    if (signal == SIGTRAP)
        note_trap(remote, &info);
    return 0;
}

/* Whether it stands behind one of the agent's traps. */
static int has_ended(const struct fp_remote *remote, const struct user_regs_struct *registers) {
    const uint64_t offset = registers->rip - remote->area->site.code;
    return offset > 0 && offset <= fp_code_size() && fp_agent_begin[offset - 1] == 0xcc;
}

static void note_birth(struct fp_remote *remote) {
    unsigned long tid;
    if (remote->born_count < FP_BORN && ptrace(PTRACE_GETEVENTMSG, remote->tid, 0, &tid) == 0)
        remote->born[remote->born_count++] = (pid_t)tid;
}

/* What a stop is of. Gives 1 for the agent's end, 0 when the thread is to go on. */
static int look_at_stop(struct fp_remote *remote, int status, struct user_regs_struct *registers) {
    if (!WIFSTOPPED(status) || EVENT(status) == PTRACE_EVENT_EXIT)
        return -ESRCH;
    if (ptrace(PTRACE_GETREGS, remote->tid, 0, registers) != 0)
        return -errno;
    if (!EVENT(status) && WSTOPSIG(status) == SIGTRAP && has_ended(remote, registers)) {
        remote->trap_handler = registers->rbp;
        return 1;
    }
    if (EVENT(status) == PTRACE_EVENT_CLONE)
        note_birth(remote);
    if (!EVENT(status) && has_ended(remote, registers) && is_fault(WSTOPSIG(status)))
        note_fault(remote);
    else if (!EVENT(status))
        return judge(remote, WSTOPSIG(status));
    return 0;
}

int fp_remote_take(struct fp_remote *remote, int status, struct user_regs_struct *registers) {
    for (;;) {
        int result = look_at_stop(remote, status, registers);
        if (result != 0)
            return result > 0 ? 0 : result;
        if (ptrace(PTRACE_CONT, remote->tid, 0, 0) != 0)
            return -errno;
        result = fp_wait_cloning(remote->tid, &status);
        if (result < 0)
            return result;
    }
}

int fp_remote_wait(struct fp_remote *remote, struct user_regs_struct *registers) {
    int status;
    int result = fp_wait_cloning(remote->tid, &status);
    return result < 0 ? result : fp_remote_take(remote, status, registers);
}

int fp_remote_put_back(const struct fp_remote *remote, pid_t tid) {
    fp_unpin(tid, &remote->pin);
    /* The agent leaves what is behind the flags as it is. */
    if (set_first(tid, &remote->saved, offsetof(struct user_regs_struct, rsp)) != 0 ||
        ptrace(PTRACE_SETSIGMASK, tid, 8, &remote->mask) != 0)
        return -errno;
    return fp_dispatch_resume(tid, &remote->dispatch);
}

int fp_remote_end(struct fp_remote *remote) {
    int result = remote->trap_handler == FP_IGNORED ? fp_remote_ignore_trap(remote) : 0;
    if (result == 0 && remote->trapped_meanwhile)
        result = fp_remote_trap_again(remote);
    if (result == 0 && remote->faulted_meanwhile)
        result = fp_remote_fault_again(remote);
    if (result == 0)
        result = fp_remote_put_back(remote, remote->tid);
    if (remote->filtered)
        fp_set_options(remote->tid, 1);
    if (remote->stopped_meanwhile)
        syscall(SYS_tkill, remote->tid, SIGSTOP);
    return result;
}

int fp_remote_run_noting(struct fp_remote *remote, pid_t tid, const struct fp_area *area,
                         const uint8_t *entry, struct user_regs_struct *registers) {
    int result = fp_remote_begin(remote, tid, area, 1);
    if (result != 0)
        return result;
    result = fp_remote_start(remote, entry, registers);
    if (result == 0)
        result = fp_remote_wait(remote, registers);
    int ended = result == -ESRCH ? 0 : fp_remote_end(remote);
    return result != 0 ? result : ended;
}

int fp_remote_run(pid_t tid, const struct fp_area *area, const uint8_t *entry,
                  struct user_regs_struct *registers) {
    struct fp_remote remote;
    return fp_remote_run_noting(&remote, tid, area, entry, registers);
}

int fp_wait_newborn(pid_t tid) {
    int status;
    for (;;) {
        int got = fp_wait_stopped(tid, &status);
        if (got < 0)
            return got;
        if (!WIFSTOPPED(status))
            return -ESRCH;
        if (EVENT(status) == PTRACE_EVENT_STOP)
            return 0;
        if (ptrace(PTRACE_CONT, tid, 0, 0) != 0)
            return -errno;
    }
}

FP_EXPORT int64_t fp_remote_calls(int32_t tid, const uint8_t *site, uint8_t *calls, int32_t count,
                                  uint8_t *data, int32_t size) {
    struct fp_area area;
    const size_t table = (size_t)count * 64;
    uint8_t *payload = malloc(table + (size_t)size);
    if (payload == NULL)
        return -ENOMEM;
    memcpy(payload, data, (size_t)size);
    memcpy(payload + size, calls, table);
    int result = fp_area_open(&area, site, payload, table + (size_t)size);
    if (result == 0) {
        struct user_regs_struct registers = {.r12 = fp_payload(&area) + (uint64_t)size,
                                             .r13 = (uint64_t)count};
        result = fp_remote_run(tid, &area, fp_agent_calls, &registers);
        if (result == 0)
            result = fp_area_read(&area, payload, table + (size_t)size);
        int closed = fp_area_close(&area);
        result = result != 0 ? result : closed;
    }
    memcpy(data, payload, (size_t)size);
    memcpy(calls, payload + size, table);
    free(payload);
    return result;
}
