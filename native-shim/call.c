/*
 * One way into all functions of the shim. What crosses ffi-rs costs by the argument, and a byte buffer most;
 * so the caller writes a call into a block of memory that both sides know, and crosses with no argument at
 * all.
 */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>

/* struct fp_call's fields are int64_t: what a function takes as int32_t or as a pointer is in the register
   all the same (System V ABI for x86-64, 3.2.3), and arguments beyond those that it takes are not looked at.
 */
typedef int64_t any_function(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t,
                             int64_t, int64_t, int64_t);

static const struct fp_call *block;

FP_EXPORT int64_t fp_address(const uint8_t *bytes) { return (int64_t)(intptr_t)bytes; }

FP_EXPORT int64_t fp_function(const uint8_t *name) {
    Dl_info self;
    void *library = dladdr(&block, &self) != 0 ? dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD) : NULL;
    void *function = library != NULL ? dlsym(library, (const char *)name) : NULL;
    if (library != NULL)
        dlclose(library);
    return function != NULL ? (int64_t)(intptr_t)function : -ENOENT;
}

FP_EXPORT int64_t fp_share_block(const uint8_t *shared) {
    block = (const struct fp_call *)(const void *)shared;
    return 0;
}

FP_EXPORT int64_t fp_call(void) {
    const int64_t *with = block->arguments;
    any_function *function = (any_function *)(intptr_t)block->function;
    return function(with[0], with[1], with[2], with[3], with[4], with[5], with[6], with[7], with[8], with[9],
                    with[10], with[11]);
}
