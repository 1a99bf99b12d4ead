/* A live process made of a frozen one: its memory by a clone, its threads by more of them, and what they had.
 */
#include "freeze.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whether the kernel only refuses to give the id that was asked for. */
static int is_refusal(int64_t result) {
    return result == -EPERM || result == -EEXIST || result == -EINVAL || result == -ENOSYS;
}

/* Clones the frozen process, with an id or (0) with any. */
static int64_t clone_frozen(pid_t frozen, const uint8_t *site, uint64_t flags, uint64_t child_tid, pid_t id) {
    struct fp_area area;
    struct fp_site place;
    struct {
        uint64_t call[8];
        struct clone_args arguments;
        uint64_t id;
    } payload = {.arguments = {.flags = flags, .child_tid = child_tid, .set_tid_size = 1},
                 .id = (uint32_t)id};
    memcpy(&place, site, sizeof place);
    const uint64_t base = place.scratch + FP_AREA_HEAD;
    const uint64_t plain[8] = {SYS_clone, flags, 0, 0, child_tid};
    const uint64_t extended[8] = {SYS_clone3, base + sizeof payload.call, sizeof payload.arguments};
    payload.arguments.set_tid = base + sizeof payload.call + sizeof payload.arguments;
    memcpy(payload.call, id ? extended : plain, sizeof payload.call);
    int result = fp_area_open(&area, site, &payload, sizeof payload);
    if (result != 0)
        return result;
    return fp_clone_alone(frozen, &area, base, 1, (uint8_t *)&payload, sizeof payload, 0);
}

static int64_t clone_process(pid_t frozen, const uint8_t *site, uint64_t child_tid, pid_t id,
                             int32_t *refused) {
    const uint64_t flags = CLONE_PARENT | CLONE_PTRACE | (child_tid ? CLONE_CHILD_CLEARTID : 0);
    int64_t result = id ? clone_frozen(frozen, site, flags, child_tid, id) : -EPERM;
    if (!is_refusal(result))
        return result;
    *refused = id ? (int32_t)result : 0;
    /* C libraries keep a thread's id where the kernel clears it at the end: joins and locks go by it. */
    return clone_frozen(frozen, site, flags | (child_tid ? CLONE_CHILD_SETTID : 0), child_tid, 0);
}

/* The leader's own state and as many offsets as the scratch memory holds, in one run. */
static int64_t fill_leader(pid_t tid, const uint8_t *site, uint8_t *record, const uint8_t *seeks,
                           int32_t count) {
    struct fp_area area;
    struct fp_site place;
    memcpy(&place, site, sizeof place);
    const size_t head = 2 * FP_CALL_SIZE + sizeof(struct fp_slot);
    const size_t fit = (place.size - FP_AREA_HEAD - head) / FP_DESCRIPTOR_SIZE;
    const size_t some = (size_t)count < fit ? (size_t)count : fit;
    const size_t size = head + some * FP_DESCRIPTOR_SIZE;
    const uint64_t base = place.scratch + FP_AREA_HEAD;
    const uint64_t calls[2][8] = {{FP_DO_RESTORE, base + 2 * FP_CALL_SIZE}, {FP_DO_SEEK, base + head, some}};
    uint8_t *payload = malloc(size);
    if (payload == NULL)
        return -ENOMEM;
    memcpy(payload, calls, sizeof calls);
    if (record != NULL)
        memcpy(payload + sizeof calls, fp_slot_of(record), sizeof(struct fp_slot));
    memcpy(payload + head, seeks, some * FP_DESCRIPTOR_SIZE);
    int64_t result = fp_area_open(&area, site, payload, size);
    if (result == 0) {
        struct user_regs_struct registers = {.r12 = record ? base : base + FP_CALL_SIZE,
                                             .r13 = record ? 2 : 1};
        result = fp_remote_run(tid, &area, fp_agent_calls, &registers);
        if (result == 0)
            result = fp_area_read(&area, payload, FP_CALL_SIZE);
        int closed = fp_area_close(&area, 0);
        result = result != 0 ? result : closed;
        if (result == 0 && record)
            memcpy(&result, payload + FP_CALL_SIZE - 8, sizeof result);
    }
    free(payload);
    if (result == 0 && record != NULL)
        result = fp_dress_thread(record);
    if (result == 0 && some < (size_t)count)
        result = fp_set_offsets(tid, site, seeks + some * FP_DESCRIPTOR_SIZE, count - (int32_t)some);
    return result;
}

/* The records of the threads beside the leader. */
static int64_t build(pid_t pid, const uint8_t *site, const struct fp_thaw *thaw) {
    const int32_t leader = thaw->leader_gone ? 0 : 1;
    uint8_t *others = thaw->records + (size_t)leader * (size_t)thaw->stride;
    const int32_t count = thaw->count - leader;
    if (leader)
        memcpy(thaw->records + 4, &pid, sizeof pid);
    int64_t result = fp_build_threads(pid, site, others, count, thaw->stride, thaw->same_ids);
    if (result == 0)
        result = fp_fill_threads(site, others, count, thaw->stride);
    if (result == 0)
        result = fill_leader(pid, site, leader ? thaw->records : NULL, thaw->seeks, thaw->seek_count);
    return result;
}

static int64_t thaw_process(pid_t frozen, struct fp_site *site, const struct fp_thaw *thaw,
                            int32_t *refused) {
    const uint64_t child_tid = thaw->leader_gone ? 0 : fp_slot_of(thaw->records)->tid_address;
    const pid_t id = thaw->same_ids ? thaw->process_id : 0;
    int64_t memory = fp_open_memory(frozen);
    if (memory < 0)
        return memory;
    site->memory = (int32_t)memory;
    int64_t pid = clone_process(frozen, (const uint8_t *)site, child_tid, id, refused);
    fp_close(site->memory);
    if (pid < 0)
        return pid;
    memory = fp_open_memory((int32_t)pid);
    site->memory = (int32_t)memory;
    int64_t result = memory < 0 ? memory : build((pid_t)pid, (const uint8_t *)site, thaw);
    if (result == 0)
        return pid;
    fp_kill_threads((pid_t)pid, thaw->records, thaw->count, thaw->stride);
    if (memory >= 0)
        fp_close((int32_t)memory);
    return result;
}

FP_EXPORT int64_t fp_thaw(int32_t frozen, uint8_t *site, int32_t process_id, uint8_t *records, int32_t count,
                          int32_t stride, int32_t flags, const uint8_t *seeks, int32_t seek_count,
                          uint8_t *refused) {
    struct fp_site place;
    int32_t why = 0;
    memcpy(&place, site, sizeof place);
    const struct fp_thaw thaw = {.process_id = process_id,
                                 .records = records,
                                 .count = count,
                                 .stride = stride,
                                 .same_ids = flags & 1,
                                 .leader_gone = (flags & 2) != 0,
                                 .seeks = seeks,
                                 .seek_count = seek_count};
    int64_t result = thaw_process(frozen, &place, &thaw, &why);
    memcpy(site, &place, sizeof place);
    memcpy(refused, &why, sizeof why);
    return result;
}
