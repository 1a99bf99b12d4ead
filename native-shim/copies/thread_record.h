/* A thread as the adapter keeps it. Shared inside the shim. */
#ifndef FORKPOINT_THREAD_RECORD_H
#define FORKPOINT_THREAD_RECORD_H

#include "remote.h"

#include <sys/uio.h>

/* A thread record (shim_copies.h), before its NT_X86_XSTATE. */
struct saved {
    int32_t tid;
    int32_t new_tid; /* in the copy that is being built; zero or -errno: none */
    struct user_regs_struct registers;
    uint64_t mask;
    struct fp_slot slot;
    uint32_t xstate_size;
    uint32_t flags;
    int32_t known_tid; /* as the program knows it */
    int32_t held;      /* fp_find_holdings: how closely to look; what it has for itself */
};

_Static_assert(sizeof(struct saved) == FP_THREAD_HEAD, "the layout that shim_copies.h states");

static inline struct saved *record(uint8_t *records, int32_t stride, int32_t index) {
    return (struct saved *)(void *)(records + (size_t)stride * (size_t)index);
}

/* Bytes of NT_X86_XSTATE at most; where there were more they would all be set. */
#define FP_MOST_XSTATE 16384

/* NT_X86_XSTATE of a thread; of length 0 when it cannot be read. */
struct iovec fp_xstate_of(pid_t tid, void *bytes, size_t size);
/* Gives a thread the extended state of another, where it differs from its own. */
int fp_lend_xstate(pid_t tid, const struct saved *saved);
/* Gives a new thread its registers and mask, and what differs from the extended state that it has. */
int fp_dress_like(const struct saved *saved, const struct iovec *xstate);

#endif
