/* A frozen copy of a stopped process, made by a clone that one of its threads runs. */
#include "freeze.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
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
    remote.stopped_meanwhile = remote.trapped_meanwhile = 0;
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

/* Puts back what was in the child's memory under the area, and leaves that memory open if it is wanted. */
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
    if (result == 0 && !copying->shares)
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

/* What the leader is asked in one run: its own state, calls, descriptors, and at last the clone. */
struct inquiry {
    struct fp_slot slot;
    struct stat status;
    size_t records, data, table, size; /* offsets in the payload */
    int32_t calls;
    uint8_t *payload;
};

static int prepare(struct inquiry *inquiry, const struct fp_site *site, const struct fp_survey *survey,
                   uint64_t flags) {
    const uint64_t base = site->scratch + FP_AREA_HEAD;
    inquiry->data = 0;
    inquiry->records = ((size_t)survey->data_size + 7) & ~(size_t)7;
    const size_t slot = inquiry->records + (size_t)survey->capacity * FP_DESCRIPTOR_SIZE;
    const size_t status = slot + sizeof inquiry->slot;
    inquiry->table = status + sizeof inquiry->status;
    inquiry->calls = survey->call_count + 3;
    inquiry->size = inquiry->table + (size_t)inquiry->calls * FP_CALL_SIZE;
    inquiry->payload = calloc(1, inquiry->size);
    if (inquiry->payload == NULL)
        return -ENOMEM;
    uint64_t own[3][8] = {
        {FP_DO_SAVE, base + slot},
        {FP_DO_LIST, base + inquiry->records, 0, (uint64_t)survey->limit, base + slot, base + status},
        {SYS_clone, (flags & ~(uint64_t)FP_OTHER_IDS) | CLONE_PTRACE},
    };
    uint8_t *table = inquiry->payload + inquiry->table;
    const size_t asked = (size_t)survey->call_count * FP_CALL_SIZE;
    memcpy(inquiry->payload, survey->data, (size_t)survey->data_size);
    memcpy(table, own[0], FP_CALL_SIZE);
    memcpy(table + FP_CALL_SIZE, survey->calls, asked);
    memcpy(table + FP_CALL_SIZE + asked, own[1], 2 * sizeof own[1]);
    return 0;
}

/* Takes the answers out of the payload. Gives the first error of the leader's own state. */
static int64_t take(struct inquiry *inquiry, const struct fp_site *site, struct fp_survey *survey) {
    const size_t asked = (size_t)survey->call_count * FP_CALL_SIZE;
    const uint8_t *table = inquiry->payload + inquiry->table;
    uint64_t saved[8], listed[8];
    memcpy(saved, table, sizeof saved);
    memcpy(listed, table + FP_CALL_SIZE + asked, sizeof listed);
    const uint64_t first = site->scratch + FP_AREA_HEAD + inquiry->records;
    survey->found = (int32_t)((listed[7] - first) / FP_DESCRIPTOR_SIZE);
    memcpy(survey->calls, table + FP_CALL_SIZE, asked);
    memcpy(survey->data, inquiry->payload, (size_t)survey->data_size);
    memcpy(survey->records, inquiry->payload + inquiry->records, (size_t)survey->found * FP_DESCRIPTOR_SIZE);
    memcpy(&inquiry->slot,
           inquiry->payload + inquiry->records + (size_t)survey->capacity * FP_DESCRIPTOR_SIZE,
           sizeof inquiry->slot);
    return (int64_t)saved[7];
}

static int64_t freeze_leader(const uint8_t *site, uint8_t *record, int32_t stride, struct fp_survey *survey,
                             uint64_t flags) {
    struct fp_area area;
    struct fp_site place;
    struct inquiry inquiry;
    int32_t tid;
    memcpy(&tid, record, sizeof tid);
    memcpy(&place, site, sizeof place);
    int64_t result = prepare(&inquiry, &place, survey, flags);
    if (result != 0)
        return result;
    result = fp_area_open(&area, site, inquiry.payload, inquiry.size);
    if (result == 0) {
        /* With the event the thread would stop once more, and the child is ours anyway. */
        if (!(flags & FP_OTHER_IDS))
            fp_set_options(tid, 0);
        struct fp_copying copying = {.table = fp_payload(&area) + inquiry.table,
                                     .count = inquiry.calls,
                                     .payload = inquiry.payload,
                                     .size = inquiry.size,
                                     .shares = (flags & CLONE_VM) != 0};
        result = fp_copy_process(tid, &area, &copying);
        fp_set_options(tid, 1);
        if (result > 0 && flags & FP_OTHER_IDS)
            fp_set_options((int32_t)result, 0);
    }
    int64_t failed = result > 0 ? take(&inquiry, &place, survey) : 0;
    free(inquiry.payload);
    /* Now: the run may have taken it out of a restartable sequence. */
    if (failed == 0 && result > 0)
        failed = fp_note_thread(record, tid);
    if (failed == 0 && result > 0)
        failed = fp_complete_thread(record, &inquiry.slot, NULL, place.memory, stride);
    if (failed == 0 && result > 0)
        fp_note_shared_signals(record);
    if (failed != 0)
        fp_kill((int32_t)result, 1);
    return failed != 0 ? failed : result;
}

FP_EXPORT int64_t fp_freeze(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                            uint8_t *descriptors, int32_t capacity, int32_t limit, uint8_t *calls,
                            int32_t call_count, uint8_t *data, int32_t data_size, int64_t flags) {
    struct fp_survey survey = {.records = descriptors + FP_DESCRIPTOR_SIZE,
                               .capacity = capacity,
                               .limit = limit,
                               .calls = calls,
                               .call_count = call_count,
                               .data = data,
                               .data_size = data_size};
    int64_t result = fp_save_threads(site, records + stride, count - 1, stride);
    if (result == 0)
        result = freeze_leader(site, records, stride, &survey, (uint64_t)flags);
    int64_t found = survey.found;
    memcpy(descriptors, &found, sizeof found);
    return result;
}
