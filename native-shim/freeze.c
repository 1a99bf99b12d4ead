/* A frozen copy of a stopped process, made by a clone that one of its threads runs. */
#include "freeze.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int64_t fp_clone_here(struct fp_remote *remote, uint64_t table, int32_t count, uint8_t *payload,
                      size_t size) {
    struct user_regs_struct registers = {.r12 = table, .r13 = (uint64_t)count};
    int result = fp_remote_start(remote, fp_agent_calls, &registers);
    if (result == 0)
        result = fp_remote_wait(remote, &registers);
    if (result == 0)
        result = fp_area_read(remote->area, payload, size);
    if (result != 0)
        return result;
    /* The clone is the last call. */
    int64_t child;
    memcpy(&child, payload + (table - fp_payload(remote->area)) + (size_t)count * FP_CALL_SIZE - 8,
           sizeof child);
    if (child <= 0)
        return child < 0 ? child : -ENOSYS;
    result = fp_wait_newborn((pid_t)child);
    if (result == 0)
        result = fp_remote_put_back(remote, (pid_t)child);
    if (result != 0)
        fp_kill((int32_t)child, 1);
    return result != 0 ? result : child;
}

int64_t fp_clone_alone(pid_t tid, struct fp_area *area, uint64_t table, int32_t count, uint8_t *payload,
                       size_t size, int shares) {
    struct fp_remote remote;
    int64_t child = fp_remote_begin(&remote, tid, area);
    if (child == 0) {
        child = fp_clone_here(&remote, table, count, payload, size);
        int ended = child == -ESRCH ? 0 : fp_remote_end(&remote);
        if (ended != 0 && child > 0)
            fp_kill((int32_t)child, 1);
        child = ended != 0 ? ended : child;
    }
    int closed = fp_area_close(area, child > 0 && !shares ? (pid_t)child : 0);
    if (closed != 0 && child > 0)
        fp_kill((int32_t)child, 1);
    return closed != 0 && child > 0 ? closed : child;
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
        {SYS_clone, flags | CLONE_PTRACE},
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
        result = fp_note_thread(record, tid);
        /* With the event the thread would stop once more, and the child is ours anyway. */
        fp_set_options(tid, 0);
        if (result == 0)
            result = fp_clone_alone(tid, &area, fp_payload(&area) + inquiry.table, inquiry.calls,
                                    inquiry.payload, inquiry.size, (flags & CLONE_VM) != 0);
        else
            fp_area_close(&area, 0);
        fp_set_options(tid, 1);
    }
    int64_t failed = result > 0 ? take(&inquiry, &place, survey) : 0;
    free(inquiry.payload);
    if (failed == 0 && result > 0)
        failed = fp_complete_thread(record, &inquiry.slot, place.memory, stride);
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
