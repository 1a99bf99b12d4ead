/* How calls cross (call.c). The other headers declare what is called. */
#ifndef FORKPOINT_SHIM_CALL_H
#define FORKPOINT_SHIM_CALL_H

#include "shim.h"

#define FP_MOST_ARGUMENTS 12

/* A call: the function, as fp_function gives it, and what it takes, pointers as their addresses. */
struct fp_call {
    int64_t function;
    int64_t arguments[FP_MOST_ARGUMENTS];
};

/* Where a byte buffer of the caller is. */
FP_EXPORT int64_t fp_address(const uint8_t *bytes);

/* The address of a function of the shim, by its name with a zero at its end; -ENOENT without one. */
FP_EXPORT int64_t fp_function(const uint8_t *name);

/* Takes the block that calls stand in from now on: a struct fp_call, which stays where it is. */
FP_EXPORT int64_t fp_share_block(const uint8_t *block);

/* Makes the call that stands in the block, and gives what it gives. */
FP_EXPORT int64_t fp_call(void);

#endif
