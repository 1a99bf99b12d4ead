/* Held locks of C libraries, as they stand in memory. Shared inside the shim. */
#ifndef FORKPOINT_LOCK_OWNERS_H
#define FORKPOINT_LOCK_OWNERS_H

#include "memory/memory.h"

/* The id in a word whose other bits the kernel and the C library have for themselves (linux/futex.h,
 * FUTEX_TID_MASK). */
#define FP_ID_MASK 0x3fffffffU

/* An *owner record* (shim_memory.h). */
struct fp_owner {
    uint64_t address;
    int32_t id, new_id;
};
_Static_assert(sizeof(struct fp_owner) == FP_OWNER_SIZE, "the layout that shim_memory.h states");

/* Gives bytes of a process; 0: they are not there. */
struct fp_reader {
    int (*get)(void *context, uint64_t address, void *bytes, size_t size);
    void *context;
};

/* How sure one can be that a place is a lock's: what is looked through, or what a thread has the address of
 * while it takes a lock or gives it back. */
enum { FP_ANYWHERE, FP_IN_HAND };

/*
 * Whether the eight bytes at an address are those of a held lock that has its owner's id: in the lower half
 * with glibc, in the upper with musl. Give how many ids it has that must change (0: it is none), and where:
 * the first one that has this place, so that none is told of twice.
 */
int fp_glibc_owners(const struct fp_reader *reader, uint64_t address, uint32_t id, int how,
                    uint64_t places[2]);
int fp_musl_owners(const struct fp_reader *reader, uint64_t address, uint32_t id, int how,
                   uint64_t places[2]);

#endif
