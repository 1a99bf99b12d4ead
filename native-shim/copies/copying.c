/* A clone of a stopped process, made by a table of calls that one of its threads runs. */
#include "freeze.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Runs the table up to the clone, which is its last call. Gives the child, stopped as it was born, or -errno.
 */
static int64_t run_table(struct fp_remote *remote, const struct fp_copying *copying) {
    struct user_regs_struct registers = {.r12 = copying->table, .r13 = (uint64_t)copying->count};
    int64_t child;
    int result = fp_remote_start(remote, fp_agent_calls, &registers);
    if (result == 0)
        result = fp_remote_wait(remote, &registers);
    if (result == 0)
        result = fp_area_read(remote->area, copying->payload, copying->size);
    if (result != 0)
        return result;
    const size_t table = copying->table - fp_payload(remote->area);
    memcpy(&child, copying->payload + table + (size_t)copying->count * FP_CALL_SIZE - 8, sizeof child);
    if (child <= 0)
        return child < 0 ? child : -ENOSYS;
    if (remote->born_count > 0)
        child = remote->born[0];
    result = fp_wait_newborn((pid_t)child);
    return result != 0 ? result : child;
}

/* The child goes on with the table where its parent's ended, and ends as its parent was. */
static int run_on(const struct fp_remote *parent, pid_t child, int32_t more) {
    struct fp_remote remote = *parent;
    struct user_regs_struct registers;
    remote.tid = child;
    remote.trap_handler = 0;
    remote.stopped_meanwhile = remote.trapped_meanwhile = remote.faulted_meanwhile = 0;
    if (more == 0)
        return fp_remote_put_back(&remote, child);
    /* The clone's own turn has yet to be counted. */
    if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user_regs_struct, r13), more + 1) != 0 ||
        ptrace(PTRACE_CONT, child, 0, 0) != 0)
        return -errno;
    int result = fp_remote_wait(&remote, &registers);
    int ended = result == -ESRCH ? 0 : fp_remote_end(&remote);
    return result != 0 ? result : ended;
}

static void patch(const struct fp_copying *copying, int memory) {
    for (int32_t i = 0; i < copying->patch_count; i++) {
        const uint8_t *one = copying->patches + (size_t)i * FP_PATCH_SIZE;
        uint64_t address;
        memcpy(&address, one, sizeof address);
        fp_poke_byte(memory, address, one[8]);
    }
}

/* Puts back what was in the child's memory under the area, patches it, and leaves it open if that is wanted.
 * What is not there cannot be patched (madvise(2), MADV_DONTFORK). */
static int clean_child(const struct fp_area *area, pid_t child, struct fp_copying *copying) {
    int64_t memory = fp_open_memory(child);
    if (memory < 0)
        return (int)memory;
    int result = 0;
    if (copying->more > 0 && pread((int)memory, copying->payload, copying->size, (off_t)fp_payload(area)) !=
                                 (ssize_t)copying->size)
        result = -EFAULT;
    if (fp_area_put_back(area, (int)memory) != 0)
        result = -EFAULT;
    patch(copying, (int)memory);
    if (copying->more > 0 && result == 0)
        copying->memory = (int32_t)memory;
    else
        close((int)memory);
    return result;
}

int64_t fp_copy_process(pid_t tid, struct fp_area *area, struct fp_copying *copying) {
    struct fp_remote remote;
    int64_t child = 0;
    copying->memory = -1;
    int64_t result = fp_remote_begin(&remote, tid, area, 1);
    if (result == 0) {
        child = run_table(&remote, copying);
        result = child > 0 ? run_on(&remote, (pid_t)child, copying->more) : child;
        int ended = child == -ESRCH ? 0 : fp_remote_end(&remote);
        result = result != 0 ? result : ended;
    }
    if (result == 0 && copying->shares)
        patch(copying, area->site.memory);
    else if (result == 0)
        result = clean_child(area, (pid_t)child, copying);
    int closed = fp_area_close(area);
    result = result != 0 ? result : closed;
    if (result == 0)
        return child;
    if (child > 0)
        fp_kill((int32_t)child, 1);
    if (copying->memory >= 0)
        close(copying->memory);
    return result;
}
