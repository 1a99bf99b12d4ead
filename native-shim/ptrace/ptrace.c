/* Resuming, registers and memory of tracees. */
#include "shim.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* -ERESTARTNOHAND of the kernel (linux/errno.h): EINTR when a handler runs, else the call again. */
#define RESTART_NO_HANDLER -514L
/* -ERESTART_RESTARTBLOCK: EINTR when a handler runs, else restart_syscall(2). */
#define RESTART_BLOCK -516L

static int64_t result_of(long value) { return value < 0 ? -errno : value; }

/* Of fp_resume's request. */
#define FP_ENDS_CALL 4

/* More stops than can be on the way of a thread whose signals are blocked. */
#define OTHER_STOPS 8

/*
 * Calls that a stop ends with EINTR although no signal came (signal(7); those of sockets, when they have a
 * time-out): made again, as all others are, unless a handler is about to run. The kernel decides, by the
 * result that those others have.
 */
static int is_cut_short(long number) {
    static const long calls[] = {
        SYS_epoll_wait,      SYS_epoll_pwait,  SYS_epoll_pwait2,  SYS_semop,          SYS_semtimedop,
        SYS_rt_sigtimedwait, SYS_io_getevents, SYS_io_pgetevents, SYS_io_uring_enter, SYS_accept,
        SYS_accept4,         SYS_connect,      SYS_recvfrom,      SYS_recvmsg,        SYS_recvmmsg,
        SYS_sendto,          SYS_sendmsg,      SYS_sendmmsg,      SYS_read,           SYS_readv,
        SYS_write,           SYS_writev,
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (number == calls[i])
            return 1;
    return 0;
}

static long peek(pid_t tid, size_t offset) { return ptrace(PTRACE_PEEKUSER, tid, offset, 0); }

static long rax_of(pid_t tid) { return peek(tid, offsetof(struct user_regs_struct, rax)); }

static void restart_cut_short(pid_t tid) {
    if (is_cut_short(peek(tid, offsetof(struct user_regs_struct, orig_rax))))
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rax), RESTART_NO_HANDLER);
}

/*
 * A thread that is let go in a call that only the kernel can go on with, and that is stopped before it runs,
 * looks like one that came back and is in the same call once more. The syscall instruction sets rcx to where
 * it stands behind it, so that another value there tells that it was not met. (int 0x80 does not, nor does
 * syscall under FRED: those are not told apart.)
 */
static void mark_call(pid_t tid) {
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, tid, 0, &registers) == 0 && registers.rcx == registers.rip &&
        (long long)registers.orig_rax >= 0)
        ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, rcx), FP_NOT_LEFT);
}

void fp_before_going(pid_t tid, int signal) {
    const long result = rax_of(tid);
    if (result == -EINTR)
        restart_cut_short(tid);
    /* With a signal a handler may run, which sees the registers. */
    else if (result == RESTART_BLOCK && signal == 0)
        mark_call(tid);
}

/* Whether the next thing that a thread will be waited for is a PTRACE_EVENT_STOP; takes nothing. */
static int next_is_stop(pid_t tid) {
    siginfo_t next = {0};
    while (waitid(P_PID, (id_t)tid, &next, WSTOPPED | WEXITED | WNOWAIT | __WALL) != 0)
        if (errno != EINTR)
            return 0;
    return next.si_code == CLD_TRAPPED && next.si_status >> 8 == PTRACE_EVENT_STOP;
}

/*
 * Stays in a stop by job control. Calls that were made in the thread have taken it out of that stop: it is
 * brought back to it first, or goes on when there is none any more.
 */
static int64_t listen_again(pid_t tid) {
    int status;
    if (ptrace(PTRACE_LISTEN, tid, 0, 0) == 0)
        return 0;
    if (errno != EIO || ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0 || ptrace(PTRACE_CONT, tid, 0, 0) != 0)
        return -errno;
    if (!next_is_stop(tid))
        return 0;
    int got = fp_wait_stopped(tid, &status);
    if (got < 0)
        return got;
    return result_of(ptrace(WSTOPSIG(status) == SIGTRAP ? PTRACE_CONT : PTRACE_LISTEN, tid, 0, 0));
}

/* Lets a stopped thread go on to a stop by job control, past the few other stops that may be on the way. */
static int64_t to_job_stop(pid_t tid) {
    int status, signal = 0;
    for (int i = 0; i < OTHER_STOPS; i++) {
        if (ptrace(PTRACE_CONT, tid, 0, (long)signal) != 0)
            return -errno;
        int got = fp_wait_stopped(tid, &status);
        if (got < 0)
            return got;
        if (!WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT)
            return -ESRCH;
        if (status >> 16 == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP)
            return 0;
        signal = status >> 16 == 0 && WSTOPSIG(status) == SIGSTOP ? SIGSTOP : 0;
    }
    return -EAGAIN;
}

FP_EXPORT int64_t fp_stop_group(int32_t pid, const uint8_t *tids, int32_t count) {
    int64_t result = 0;
    for (int32_t i = 0; i < count && result == 0; i++) {
        uint64_t mask, all = ~0ULL;
        int32_t tid;
        memcpy(&tid, tids + 4 * (size_t)i, sizeof tid);
        if (ptrace(PTRACE_GETSIGMASK, tid, 8, &mask) != 0 || ptrace(PTRACE_SETSIGMASK, tid, 8, &all) != 0)
            return -errno;
        /* The first stops by a signal of its own, the others since the first does. */
        if (i == 0)
            result = result_of(syscall(SYS_tgkill, pid, tid, SIGSTOP));
        if (result == 0)
            result = to_job_stop(tid);
        if (result == 0 && ptrace(PTRACE_SETSIGMASK, tid, 8, &mask) != 0)
            result = -errno;
    }
    return result;
}

FP_EXPORT int64_t fp_resume(int32_t tid, int32_t request, int32_t signal) {
    static const int requests[] = {PTRACE_CONT, PTRACE_SINGLESTEP};
    const int how = request & ~FP_ENDS_CALL;
    if (how < 0 || how > 2)
        return -EINVAL;
    if (!(request & FP_ENDS_CALL) || rax_of(tid) != -EINTR)
        fp_before_going(tid, signal);
    if (how == 2)
        return listen_again(tid);
    return result_of(ptrace(requests[how], tid, 0, (long)signal));
}

FP_EXPORT int64_t fp_shorten_wait(int32_t tid, int32_t milliseconds) {
    const long number = peek(tid, offsetof(struct user_regs_struct, orig_rax));
    if ((number != SYS_epoll_wait && number != SYS_epoll_pwait) || rax_of(tid) != -EINTR)
        return 0;
    const long left = milliseconds;
    return ptrace(PTRACE_POKEUSER, tid, offsetof(struct user_regs_struct, r10), left) == 0 ? 1 : -errno;
}

FP_EXPORT int64_t fp_interrupt(int32_t tid) { return result_of(ptrace(PTRACE_INTERRUPT, tid, 0, 0)); }

FP_EXPORT int64_t fp_detach(int32_t tid, int32_t signal) {
    if (rax_of(tid) == -EINTR)
        restart_cut_short(tid);
    return result_of(ptrace(PTRACE_DETACH, tid, 0, (long)signal));
}

FP_EXPORT int64_t fp_set_options(int32_t tid, int32_t trace_events) {
    const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD;
    const long events = PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                        PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT;
    if (trace_events)
        return result_of(ptrace(PTRACE_SETOPTIONS, tid, 0, options | events));
    /* Takes a privilege. */
    if (ptrace(PTRACE_SETOPTIONS, tid, 0, options | PTRACE_O_SUSPEND_SECCOMP) == 0)
        return 1;
    return result_of(ptrace(PTRACE_SETOPTIONS, tid, 0, options));
}

FP_EXPORT int64_t fp_signal_thread(int32_t pid, int32_t tid, int32_t signal) {
    return result_of(syscall(SYS_tgkill, pid, tid, signal));
}

FP_EXPORT int64_t fp_block_signals(int32_t tid, int32_t block, uint8_t *signals) {
    uint64_t wanted, before, after;
    memcpy(&wanted, signals, sizeof wanted);
    if (ptrace(PTRACE_GETSIGMASK, tid, 8, &before) != 0)
        return -errno;
    after = block ? before | wanted : before & ~wanted;
    if (ptrace(PTRACE_SETSIGMASK, tid, 8, &after) != 0)
        return -errno;
    wanted = before ^ after;
    memcpy(signals, &wanted, sizeof wanted);
    return 0;
}

FP_EXPORT int64_t fp_kill(int32_t pid, int32_t reap) {
    struct fp_pin pin;
    int status;
    if (pid <= 1)
        return -EINVAL;
    /* It dies on this core, while we look on. */
    if (reap)
        fp_pin(pid, &pin);
    if (kill(pid, SIGKILL) != 0)
        return -errno;
    /* In its exit stop a process is past being killed and waits for its tracer alone. */
    ptrace(PTRACE_CONT, pid, 0, 0);
    while (reap) {
        int got = fp_wait_stopped(pid, &status);
        if (got < 0)
            return got == -ECHILD ? 0 : got;
        if (WIFEXITED(status) || WIFSIGNALED(status))
            return 0;
        ptrace(PTRACE_CONT, pid, 0, 0);
    }
    return 0;
}

FP_EXPORT int64_t fp_get_registers(int32_t tid, uint8_t *registers) {
    return result_of(ptrace(PTRACE_GETREGS, tid, 0, registers));
}

FP_EXPORT int64_t fp_set_registers(int32_t tid, const uint8_t *registers) {
    return result_of(ptrace(PTRACE_SETREGS, tid, 0, registers));
}

FP_EXPORT int64_t fp_get_xstate(int32_t tid, uint8_t *bytes, int32_t size) {
    struct iovec area = {bytes, (size_t)size};
    if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &area) != 0)
        return -errno;
    return (int64_t)area.iov_len;
}

FP_EXPORT int64_t fp_set_xstate(int32_t tid, const uint8_t *bytes, int32_t size) {
    struct iovec area = {(void *)bytes, (size_t)size};
    return result_of(ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &area));
}

FP_EXPORT int64_t fp_set_signal_info(int32_t tid, const uint8_t *info) {
    return result_of(ptrace(PTRACE_SETSIGINFO, tid, 0, info));
}

FP_EXPORT int64_t fp_open_memory(int32_t pid) {
    char name[32];
    snprintf(name, sizeof name, "/proc/%d/mem", pid);
    return result_of(open(name, O_RDWR | O_CLOEXEC));
}

FP_EXPORT int64_t fp_read_memory(int32_t memory, int64_t address, uint8_t *bytes, int32_t size) {
    int64_t done = 0;
    while (done < size) {
        ssize_t got = pread(memory, bytes + done, (size_t)(size - done), address + done);
        if (got <= 0)
            break;
        done += got;
    }
    return done;
}

FP_EXPORT int64_t fp_write_memory(int32_t memory, int64_t address, const uint8_t *bytes, int32_t size) {
    int64_t done = 0;
    while (done < size) {
        ssize_t got = pwrite(memory, bytes + done, (size_t)(size - done), address + done);
        if (got <= 0)
            break;
        done += got;
    }
    return done;
}

int fp_poke_byte(int memory, uint64_t address, uint8_t byte) {
    return pwrite(memory, &byte, 1, (off_t)address) == 1 ? 0 : -errno;
}

FP_EXPORT int64_t fp_patch_memory(int32_t memory, uint8_t *patches, int32_t count) {
    int64_t written = 0;
    for (int32_t i = 0; i < count; i++, patches += FP_PATCH_SIZE) {
        uint64_t address;
        memcpy(&address, patches, sizeof address);
        patches[10] = pread(memory, &patches[9], 1, (off_t)address) == 1 &&
                      fp_poke_byte(memory, address, patches[8]) == 0;
        written += patches[10];
    }
    return written;
}
