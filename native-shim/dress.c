/* Threads of a copy that get registers, extended state and signal mask. */
#include "freeze.h"
#include "thread_record.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

static int set_xstate(const struct saved *saved) {
    struct iovec area = {(void *)(saved + 1), saved->xstate_size};
    return ptrace(PTRACE_SETREGSET, saved->new_tid, NT_X86_XSTATE, &area) == 0 ? 0 : -errno;
}

/*
 * Sets what differs of NT_X86_XSTATE. The part that FXSAVE stores is set by itself in far less time; which of
 * it is in use (XSTATE_BV, bits 0 and 1) is the kernel's own affair.
 */
static int change_xstate(const struct saved *saved, const struct iovec *present) {
    const uint8_t *wanted = (const uint8_t *)(saved + 1), *have = present->iov_base;
    const size_t plain = sizeof(struct user_fpregs_struct);
    uint64_t used, used_now;
    if (saved->xstate_size != present->iov_len || present->iov_len < plain + sizeof used)
        return set_xstate(saved);
    memcpy(&used, wanted + plain, sizeof used);
    memcpy(&used_now, have + plain, sizeof used_now);
    const size_t rest = plain + sizeof used;
    if ((used | 3) != (used_now | 3) || memcmp(wanted + rest, have + rest, present->iov_len - rest) != 0)
        return set_xstate(saved);
    if (memcmp(wanted, have, plain) == 0)
        return 0;
    return ptrace(PTRACE_SETFPREGS, saved->new_tid, 0, wanted) == 0 ? 0 : -errno;
}

struct iovec fp_xstate_of(pid_t tid, void *bytes, size_t size) {
    struct iovec xstate = {bytes, size};
    if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &xstate) != 0)
        xstate.iov_len = 0;
    return xstate;
}

int fp_dress_like(const struct saved *saved, const struct iovec *xstate) {
    if (ptrace(PTRACE_SETREGS, saved->new_tid, 0, &saved->registers) != 0)
        return -errno;
    int result = change_xstate(saved, xstate);
    if (result == 0 && ptrace(PTRACE_SETSIGMASK, saved->new_tid, 8, &saved->mask) != 0)
        result = -errno;
    return result;
}

int fp_dress_thread(uint8_t *bytes) {
    const struct iovec unknown = {NULL, 0};
    const struct saved *saved = (const struct saved *)(const void *)bytes;
    int result = fp_dress_like(saved, &unknown);
    return result != 0 ? result : (int)fp_set_options(saved->new_tid, 1);
}
