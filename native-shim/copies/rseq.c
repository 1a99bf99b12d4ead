/* Threads that were stopped inside a restartable sequence (rseq(2), linux/rseq.h). */
#include "remote.h"

#include <string.h>
#include <unistd.h>

/* struct rseq_cs */
struct section {
    uint32_t version, flags;
    uint64_t start, length, abort;
};

/* struct rseq: where it has the address of the sequence that the thread is in. */
#define SECTION_OF_RSEQ 8

/* Where the thread has the address of its sequence; 0: nowhere. */
static uint64_t find_place(struct fp_remote *remote) {
    struct __ptrace_rseq_configuration *rseq = &remote->rseq;
    if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, remote->tid, sizeof *rseq, rseq) != sizeof *rseq)
        memset(rseq, 0, sizeof *rseq);
    return rseq->rseq_abi_pointer == 0 ? 0 : rseq->rseq_abi_pointer + SECTION_OF_RSEQ;
}

static void leave_section(struct fp_remote *remote, uint64_t place, uint64_t descriptor) {
    const uint64_t none = 0;
    struct section section;
    if (pread(remote->area->site.memory, &section, sizeof section, (off_t)descriptor) != sizeof section ||
        remote->saved.rip - section.start >= section.length)
        return;
    remote->saved.rip = section.abort;
    remote->saved.orig_rax = ~0ULL;
    if (pwrite(remote->area->site.memory, &none, sizeof none, (off_t)place) != sizeof none)
        return;
}

void fp_leave_rseq(struct fp_remote *remotes, int32_t count) {
    uint64_t places[FP_THREADS_AT_ONCE], descriptors[FP_THREADS_AT_ONCE] = {0};
    /* There are no system calls in a sequence, so a thread that stopped in one is in none. */
    for (int32_t i = 0; i < count; i++) {
        places[i] = find_place(&remotes[i]);
        if ((int64_t)remotes[i].saved.orig_rax >= 0)
            places[i] = 0;
    }
    if (count > 0)
        fp_read_places(remotes[0].tid, remotes[0].area->site.memory, places, count, descriptors,
                       sizeof descriptors[0]);
    for (int32_t i = 0; i < count; i++)
        if (descriptors[i] != 0)
            leave_section(&remotes[i], places[i], descriptors[i]);
}
