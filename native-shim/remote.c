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
#define SYSCALL_STOP (SIGTRAP | 0x80)

static size_t code_size(void) { return (size_t)(fp_agent_end - fp_agent_begin); }

static int move_all(int (*move)(int, void *, size_t, off_t), const struct fp_area *area, int memory) {
    return move(memory, area->before, code_size(), (off_t)area->site.code) ||
           move(memory, area->before + code_size(), area->size, (off_t)area->site.scratch);
}

static int read_some(int memory, void *bytes, size_t size, off_t at) {
    return pread(memory, bytes, size, at) != (ssize_t)size;
}

static int write_some(int memory, void *bytes, size_t size, off_t at) {
    return pwrite(memory, bytes, size, at) != (ssize_t)size;
}

int fp_area_open(struct fp_area *area, const uint8_t *site, const void *payload, size_t size) {
    memcpy(&area->site, site, sizeof area->site);
    area->size = FP_AREA_HEAD + size;
    if (area->size > area->site.size)
        return -E2BIG;
    area->before = malloc(code_size() + area->size);
    if (area->before == NULL)
        return -ENOMEM;
    if (move_all(read_some, area, area->site.memory)) {
        free(area->before);
        return -EFAULT;
    }
    const int memory = area->site.memory;
    if (pwrite(memory, fp_agent_begin, code_size(), (off_t)area->site.code) == (ssize_t)code_size() &&
        (size == 0 || pwrite(memory, payload, size, (off_t)fp_payload(area)) == (ssize_t)size))
        return 0;
    fp_area_close(area);
    return -EFAULT;
}

int fp_area_read(const struct fp_area *area, void *bytes, size_t size) {
    return read_some(area->site.memory, bytes, size, (off_t)fp_payload(area)) ? -EFAULT : 0;
}

int fp_area_write(const struct fp_area *area, const void *bytes, size_t size) {
    ssize_t done = pwrite(area->site.memory, bytes, size, (off_t)fp_payload(area));
    return done == (ssize_t)size ? 0 : -EFAULT;
}

int fp_area_put_back(const struct fp_area *area, int memory) {
    return move_all(write_some, area, memory) ? -EFAULT : 0;
}

int fp_area_close(struct fp_area *area) {
    int result = fp_area_put_back(area, area->site.memory);
    free(area->before);
    return result;
}

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
    return offset > 0 && offset <= code_size() && fp_agent_begin[offset - 1] == 0xcc;
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

/*
 * Has the SIGTRAP that the agent's run took sent again, with the data that it came with. To the process: one
 * that waits for the thread alone would swallow the traps of the debugger's own.
 */
static int trap_again(struct fp_remote *remote) {
    const uint64_t all = ~0ULL, place = fp_payload(remote->area);
    const int memory = remote->area->site.memory;
    siginfo_t before;
    int64_t result;
    if (read_some(memory, &before, sizeof before, (off_t)place) ||
        write_some(memory, &remote->trap, sizeof remote->trap, (off_t)place))
        return -EFAULT;
    int failed = ptrace(PTRACE_SETSIGMASK, remote->tid, 8, &all) != 0 ? -errno : 0;
    if (failed == 0)
        failed = call_quietly(
            remote, (uint64_t[5]){SYS_rt_sigqueueinfo, (uint64_t)remote->tid, SIGTRAP, place}, &result);
    if (failed == 0 && result < 0)
        failed = (int)result;
    if (write_some(memory, &before, sizeof before, (off_t)place))
        return -EFAULT;
    return failed != 0 ? failed : leave_call(remote);
}

/* Has a fault's signal wait for the thread again. Only the thread itself may send one that the kernel has
 * sent. */
static int fault_again(struct fp_remote *remote) {
    const uint64_t all = ~0ULL, place = fp_payload(remote->area);
    const int memory = remote->area->site.memory;
    siginfo_t before;
    int64_t process = 0, thread = 0, result = 0;
    if (read_some(memory, &before, sizeof before, (off_t)place) ||
        write_some(memory, &remote->fault, sizeof remote->fault, (off_t)place))
        return -EFAULT;
    int failed = ptrace(PTRACE_SETSIGMASK, remote->tid, 8, &all) != 0 ? -errno : 0;
    if (failed == 0)
        failed = call_quietly(remote, (uint64_t[5]){SYS_getpid}, &process);
    if (failed == 0)
        failed = call_quietly(remote, (uint64_t[5]){SYS_gettid}, &thread);
    if (failed == 0)
        failed = call_quietly(remote,
                              (uint64_t[5]){SYS_rt_tgsigqueueinfo, (uint64_t)process, (uint64_t)thread,
                                            (uint64_t)remote->fault.si_signo, place},
                              &result);
    if (failed == 0 && result < 0)
        failed = (int)result;
    if (write_some(memory, &before, sizeof before, (off_t)place))
        return -EFAULT;
    return failed != 0 ? failed : leave_call(remote);
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
        result = trap_again(remote);
    if (result == 0 && remote->faulted_meanwhile)
        result = fault_again(remote);
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
