/* A thread as the adapter keeps it. Shared inside the shim. */
#ifndef FORKPOINT_THREAD_RECORD_H
#define FORKPOINT_THREAD_RECORD_H

#include "remote.h"

/* Threads that run the agent at once: what the scratch memory holds of slots. */
#define FP_THREADS_AT_ONCE 64

/* A thread record (shim_ptrace.h), before its NT_X86_XSTATE. */
struct saved {
    int32_t tid;
    int32_t new_tid; /* in the copy that is being built; zero or -errno: none */
    struct user_regs_struct registers;
    uint64_t mask;
    struct fp_slot slot;
    uint32_t xstate_size;
    uint32_t flags;
    int32_t known_tid; /* as the program knows it */
    int32_t padding;
};

_Static_assert(sizeof(struct saved) == FP_THREAD_HEAD, "the layout that shim_ptrace.h states");

static inline struct saved *record(uint8_t *records, int32_t stride, int32_t index) {
    return (struct saved *)(void *)(records + (size_t)stride * (size_t)index);
}

/* Has threads (id 0: none) run an entry of the agent at the same time, each with its slot; gives the first
 * error. */
int fp_run_slots(struct fp_remote *remotes, int32_t count, const struct fp_area *area, const uint8_t *entry);

#endif
