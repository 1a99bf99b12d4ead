/*
 * The ABI between the adapter and the shim. The shim decodes and does; it decides nothing, logs nothing and
 * keeps no policy. Every exported function returns int64_t: a result >= 0, or -errno. Records cross in byte
 * buffers that the caller owns, little-endian, without padding beyond what the layouts below state. All
 * functions are called from the adapter's one JavaScript thread, which is the tracer (ptrace(2)).
 */
#ifndef FORKPOINT_SHIM_H
#define FORKPOINT_SHIM_H

#include <stdint.h>

#define FP_EXPORT __attribute__((visibility("default")))

#include "shim_call.h"
#include "shim_copies.h"
#include "shim_files.h"
#include "shim_memory.h"
#include "shim_ptrace.h"
#include "shim_symbols.h"

#endif
