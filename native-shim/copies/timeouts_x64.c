/*
 * Threads of a copy that were in a system call with a time-out which only the kernel knows how to go on with
 * (restart_block; ptrace(2), signal(7)). A clone does not have that, so the thread makes the call again with
 * the time that was left, and is interrupted in it: then the kernel goes on with it by restart_syscall(2) as
 * it would have, and the program's registers have the arguments that it gave itself.
 */
#include "remote.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define MILLISECOND 1000000LL
/* -ERESTART_RESTARTBLOCK (linux/errno.h). */
#define RESTART_BLOCK (-516)
/* Stops that can come between: SIGSTOP, which cannot be blocked, and what was on its way. */
#define OTHER_STOPS 8
#define CALL_STOP (SIGTRAP | 0x80)

struct timeout {
    int32_t tid;
    int32_t result;
    int64_t left;
    int64_t end;
};

_Static_assert(sizeof(struct timeout) == FP_TIMEOUT_SIZE, "the layout that shim_copies.h states");

/* What the kernel writes into the program's memory when the call is interrupted. */
struct written {
    uint64_t address;
    size_t size;
};

/* Has `call` take its time from `span`, an address, or in milliseconds. Gives what the call writes. */
static struct written shorten(struct user_regs_struct *call, uint64_t span, int64_t left) {
    struct written written = {0};
    switch (call->orig_rax) {
    case SYS_poll:
        written = (struct written){call->rdi, (uint32_t)call->rsi * sizeof(struct pollfd)};
        call->rdx = (uint64_t)((left + MILLISECOND - 1) / MILLISECOND);
        break;
    case SYS_nanosleep:
        written = (struct written){call->rsi, sizeof(struct timespec)};
        call->rdi = span;
        break;
    case SYS_clock_nanosleep:
        written = (struct written){call->r10, sizeof(struct timespec)};
        call->rdx = span;
        break;
    case SYS_futex:
        call->r10 = span;
        break;
    default:
        call->orig_rax = ~0ULL;
    }
    return written;
}

/* Lets the thread go on to its next stop, past what does not belong here. Gives 0 or -errno. */
static int go_to(struct fp_remote *remote, int request, int wanted) {
    for (int i = 0; i < OTHER_STOPS; i++) {
        int status;
        if (ptrace(request, remote->tid, 0, 0) != 0)
            return -errno;
        int got = fp_wait_stopped(remote->tid, &status);
        if (got < 0)
            return got;
        if (!WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT)
            return -ESRCH;
        if (status >> 8 == wanted)
            return 0;
        remote->stopped_meanwhile |= status >> 8 == SIGSTOP;
    }
    return -EAGAIN;
}

/*
 * Into the call, and out of it again. An interruption that waits when the call is entered ends it as soon as
 * it would sleep. Gives its result in `registers`.
 */
static int enter(struct fp_remote *remote, struct user_regs_struct *call) {
    call->rax = call->orig_rax;
    call->orig_rax = ~0ULL;
    call->rip -= 2; /* the syscall instruction */
    if (ptrace(PTRACE_SETREGS, remote->tid, 0, call) != 0)
        return -errno;
    int result = go_to(remote, PTRACE_SYSCALL, CALL_STOP);
    if (result == 0 && ptrace(PTRACE_INTERRUPT, remote->tid, 0, 0) != 0)
        result = -errno;
    if (result == 0)
        result = go_to(remote, PTRACE_CONT, PTRACE_EVENT_STOP << 8 | SIGTRAP);
    if (result == 0 && ptrace(PTRACE_GETREGS, remote->tid, 0, call) != 0)
        result = -errno;
    return result;
}

static int is_call(const struct fp_site *site, const struct user_regs_struct *saved) {
    static const uint8_t instruction[] = {0x0f, 0x05};
    uint8_t there[2];
    return pread(site->memory, there, sizeof there, (off_t)(saved->rip - 2)) == sizeof there &&
           memcmp(there, instruction, sizeof there) == 0;
}

/*
 * Gives whether the thread is in its call. When that was over at once, the thread is behind it. Anything else
 * than its time has ended it: the program itself makes it again and gets to know.
 */
static int take_result(struct user_regs_struct *saved, int64_t result) {
    const int64_t ended = saved->orig_rax == SYS_futex ? -ETIMEDOUT : 0;
    if (result != RESTART_BLOCK && result != ended)
        return 0;
    saved->rax = (uint64_t)result;
    if (result == ended)
        saved->orig_rax = ~0ULL;
    return result == RESTART_BLOCK;
}

/* In the prepared thread; its registers are set when that ends. The scratch memory has the time left. */
static int go_on(struct fp_remote *remote, const struct fp_site *site, struct timeout *timeout) {
    struct user_regs_struct call = remote->saved;
    const uint64_t all = ~0ULL;
    const struct written written = shorten(&call, site->scratch, timeout->left);
    if ((int64_t)call.orig_rax < 0 || !is_call(site, &remote->saved))
        return 0;
    uint8_t *before = written.address ? malloc(written.size + 1) : NULL;
    const ssize_t kept = before ? pread(site->memory, before, written.size, (off_t)written.address) : 0;
    /* Not even SIGTRAP is to come between. */
    ptrace(PTRACE_SETSIGMASK, remote->tid, 8, &all);
    timeout->end = fp_monotonic() + timeout->left;
    int result = enter(remote, &call);
    if (kept > 0 && pwrite(site->memory, before, (size_t)kept, (off_t)written.address) != kept && result == 0)
        result = -EFAULT;
    free(before);
    if (result == 0)
        result = take_result(&remote->saved, (int64_t)call.rax);
    return result;
}

static int continue_one(const struct fp_area *area, struct timeout *timeout) {
    struct fp_remote remote;
    const struct timespec span = {timeout->left / SECOND, timeout->left % SECOND};
    int result = fp_remote_begin(&remote, timeout->tid, area, 1);
    if (result != 0)
        return result;
    if (pwrite(area->site.memory, &span, sizeof span, (off_t)area->site.scratch) == sizeof span)
        timeout->result = go_on(&remote, &area->site, timeout);
    else
        timeout->result = -EFAULT;
    return timeout->result == -ESRCH ? -ESRCH : fp_remote_end(&remote);
}

FP_EXPORT int64_t fp_continue_timeouts(const uint8_t *site, uint8_t *records, int32_t count) {
    struct fp_area area = {0};
    struct timespec before;
    memcpy(&area.site, site, sizeof area.site);
    const int memory = area.site.memory;
    const off_t scratch = (off_t)area.site.scratch;
    if (pread(memory, &before, sizeof before, scratch) != sizeof before)
        return -EFAULT;
    int result = 0;
    for (int32_t i = 0; i < count && result == 0; i++)
        result =
            continue_one(&area, (struct timeout *)(void *)(records + (size_t)i * sizeof(struct timeout)));
    if (pwrite(memory, &before, sizeof before, scratch) != sizeof before && result == 0)
        result = -EFAULT;
    return result;
}
