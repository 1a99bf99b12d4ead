/* Several threads that run the agent at the same time. */
#include "remote.h"

#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

void fp_read_places(pid_t tid, int memory, const uint64_t *places, int32_t count, void *bytes, size_t size) {
    struct iovec local[FP_THREADS_AT_ONCE], remote[FP_THREADS_AT_ONCE];
    unsigned long wanted = 0, done = 0;
    for (int32_t i = 0; i < count; i++)
        if (places[i] != 0) {
            local[wanted] = (struct iovec){(uint8_t *)bytes + (size_t)i * size, size};
            remote[wanted++] = (struct iovec){(void *)places[i], size};
        }
    /* It ends where it cannot read. */
    while (done < wanted) {
        ssize_t got =
            wanted == 1 ? 0
                        : process_vm_readv(tid, local + done, wanted - done, remote + done, wanted - done, 0);
        done += got > 0 ? (size_t)got / size : 0;
        uint8_t one[64];
        if (done < wanted && size <= sizeof one &&
            pread(memory, one, size, (off_t)(uintptr_t)remote[done].iov_base) == (ssize_t)size)
            memcpy(local[done].iov_base, one, size);
        done++;
    }
}

/* The last one first: by then the others have mostly stopped, too, and the tracer need not take turns with
 * each. */
static int await_stops(const struct fp_remote *remotes, int32_t count, int *statuses) {
    int result = 0;
    for (int32_t i = count; i-- > 0;) {
        statuses[i] = 0;
        int got = remotes[i].tid ? fp_wait_stopped(remotes[i].tid, &statuses[i]) : 0;
        result = got < 0 ? got : result;
    }
    return result;
}

static int read_runs(const struct fp_area *area, uint64_t place, struct fp_run *runs, int32_t count) {
    const size_t size = (size_t)count * sizeof *runs;
    return pread(area->site.memory, runs, size, (off_t)place) == (ssize_t)size ? 0 : -EFAULT;
}

/* A stop by SIGTRAP of a thread whose result is there is the agent's end: nothing comes in between. */
static int has_ended(int status, const struct fp_run *run) {
    return WIFSTOPPED(status) && status >> 8 == SIGTRAP && run->result != FP_RUNNING;
}

int fp_remotes_wait(struct fp_remote *remotes, int32_t count, const struct fp_area *area, uint64_t place,
                    struct fp_run *runs) {
    int statuses[FP_THREADS_AT_ONCE], others = 0;
    int result = await_stops(remotes, count, statuses);
    int unread = read_runs(area, place, runs, count);
    for (int32_t i = 0; i < count; i++) {
        struct user_regs_struct registers;
        if (!remotes[i].tid)
            continue;
        if (unread == 0 && has_ended(statuses[i], &runs[i])) {
            remotes[i].trap_handler = runs[i].handler;
            continue;
        }
        int ended = fp_remote_take(&remotes[i], statuses[i], &registers);
        result = result != 0 ? result : ended;
        others++;
    }
    if (others > 0)
        unread = read_runs(area, place, runs, count);
    result = result != 0 ? result : unread;
    for (int32_t i = 0; i < count && result == 0; i++)
        result = runs[i].result < 0 ? (int)runs[i].result : 0;
    return result;
}
