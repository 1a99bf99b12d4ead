/* Threads of a copy that get registers, extended state and signal mask. */
#include "freeze.h"
#include "thread_record.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static int set_xstate(pid_t tid, const struct saved *saved) {
    struct iovec area = {(void *)(saved + 1), saved->xstate_size};
    return ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &area) == 0 ? 0 : -errno;
}

/*
 * Sets what differs of NT_X86_XSTATE. The part that FXSAVE stores is set by itself in far less time; which of
 * it is in use (XSTATE_BV, bits 0 and 1) is the kernel's own affair.
 */
static int change_xstate(pid_t tid, const struct saved *saved, const struct iovec *present) {
    const uint8_t *wanted = (const uint8_t *)(saved + 1), *have = present->iov_base;
    const size_t plain = sizeof(struct user_fpregs_struct);
    uint64_t used, used_now;
    if (saved->xstate_size != present->iov_len || present->iov_len < plain + sizeof used)
        return set_xstate(tid, saved);
    memcpy(&used, wanted + plain, sizeof used);
    memcpy(&used_now, have + plain, sizeof used_now);
    const size_t rest = plain + sizeof used;
    if ((used | 3) != (used_now | 3) || memcmp(wanted + rest, have + rest, present->iov_len - rest) != 0)
        return set_xstate(tid, saved);
    if (memcmp(wanted, have, plain) == 0)
        return 0;
    return ptrace(PTRACE_SETFPREGS, tid, 0, wanted) == 0 ? 0 : -errno;
}

struct iovec fp_xstate_of(pid_t tid, void *bytes, size_t size) {
    struct iovec xstate = {bytes, size};
    if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &xstate) != 0)
        xstate.iov_len = 0;
    return xstate;
}

int fp_lend_xstate(pid_t tid, const struct saved *saved) {
    uint8_t bytes[FP_MOST_XSTATE];
    const struct iovec present = fp_xstate_of(tid, bytes, sizeof bytes);
    return change_xstate(tid, saved, &present);
}

int fp_dress_like(const struct saved *saved, const struct iovec *xstate) {
    if (ptrace(PTRACE_SETREGS, saved->new_tid, 0, &saved->registers) != 0)
        return -errno;
    int result = change_xstate(saved->new_tid, saved, xstate);
    if (result == 0 && ptrace(PTRACE_SETSIGMASK, saved->new_tid, 8, &saved->mask) != 0)
        result = -errno;
    return result;
}

int fp_dress_thread(uint8_t *bytes) {
    uint8_t present[FP_MOST_XSTATE];
    const struct saved *saved = (const struct saved *)(const void *)bytes;
    /* A copy mostly has what the thread had. */
    const struct iovec xstate = fp_xstate_of(saved->new_tid, present, sizeof present);
    int result = fp_dress_like(saved, &xstate);
    return result != 0 ? result : (int)fp_set_options(saved->new_tid, 1);
}
