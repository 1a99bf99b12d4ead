/* A frozen copy of a stopped process, and what is asked of the process meanwhile. */
#include "freeze.h"
#include "thread_record.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Calls in one run beside those that are asked for. */
#define OWN_CALLS 4

/* What the leader is asked in one run: its own state, calls, descriptors, whether memory is locked, and at
 * last the clone. */
struct inquiry {
    struct fp_slot slot;
    struct stat status;
    size_t records, table, size; /* offsets in the payload; the data is at its beginning */
    int32_t capacity, calls;
    int is_unlocked;
    uint8_t *payload;
};

/* The parts of a survey behind its head. */
static uint8_t *calls_of(struct fp_survey *survey) { return (uint8_t *)(survey + 1); }

static uint8_t *data_of(struct fp_survey *survey) {
    return calls_of(survey) + (size_t)survey->call_count * FP_CALL_SIZE;
}

static struct fp_range *ranges_of(struct fp_survey *survey) {
    return (struct fp_range *)(void *)(data_of(survey) + survey->data_size);
}

static uint8_t *timers_of(struct fp_survey *survey) {
    return (uint8_t *)(ranges_of(survey) + survey->range_capacity);
}

/* Where the records are depends on the capacity, so ask before the size is known. */
static uint8_t *locks_of(struct fp_survey *survey) { return timers_of(survey) + survey->timers_capacity; }

static uint8_t *records_of(struct fp_survey *survey) { return locks_of(survey) + survey->locks_size; }

/* How many descriptor records the scratch memory and the survey have room for. */
static int32_t capacity_of(const struct fp_survey *survey, size_t beside) {
    const size_t room = survey->site.size - FP_AREA_HEAD;
    const size_t fit = room > beside ? (room - beside) / FP_DESCRIPTOR_SIZE : 0;
    const int32_t most = survey->capacity < survey->open ? survey->capacity : survey->open;
    return fit < (size_t)most ? (int32_t)fit : most;
}

static int prepare(struct inquiry *inquiry, struct fp_survey *survey, int32_t limit, uint64_t flags) {
    const uint64_t base = survey->site.scratch + FP_AREA_HEAD;
    const size_t asked = (size_t)survey->call_count * FP_CALL_SIZE;
    const size_t table_size = asked + OWN_CALLS * (size_t)FP_CALL_SIZE;
    inquiry->calls = survey->call_count + OWN_CALLS;
    inquiry->records = (size_t)survey->data_size;
    inquiry->capacity =
        capacity_of(survey, inquiry->records + sizeof inquiry->slot + sizeof inquiry->status + table_size);
    const size_t slot = inquiry->records + (size_t)inquiry->capacity * FP_DESCRIPTOR_SIZE;
    const size_t status = slot + sizeof inquiry->slot;
    inquiry->table = status + sizeof inquiry->status;
    inquiry->size = inquiry->table + table_size;
    inquiry->payload = calloc(1, inquiry->size);
    if (inquiry->payload == NULL)
        return -ENOMEM;
    uint64_t own[OWN_CALLS][8] = {
        {FP_DO_SAVE, base + slot},
        {FP_DO_LIST, base + inquiry->records, 0, (uint64_t)(inquiry->capacity ? limit : 0), base + slot,
         base + status},
        {SYS_msync, 0, FP_SPACE_END, MS_INVALIDATE},
        {SYS_clone, (flags & ~(uint64_t)FP_OTHER_IDS) | CLONE_PTRACE},
    };
    uint8_t *table = inquiry->payload + inquiry->table;
    memcpy(inquiry->payload, data_of(survey), (size_t)survey->data_size);
    memcpy(table, own[0], FP_CALL_SIZE);
    memcpy(table + FP_CALL_SIZE, calls_of(survey), asked);
    memcpy(table + FP_CALL_SIZE + asked, own[1], (OWN_CALLS - 1) * sizeof own[1]);
    return 0;
}

static uint32_t format_bit(mode_t format) { return 1U << (format >> 12); }

/* What kinds of descriptors there are; those without a record may be of any. */
static void note_formats(struct fp_survey *survey) {
    const int has_others = survey->found < survey->open;
    survey->formats = survey->status_flags = has_others ? ~0U : 0;
    for (int32_t i = 0; i < survey->found; i++) {
        const uint8_t *record = records_of(survey) + (size_t)i * FP_DESCRIPTOR_SIZE;
        uint32_t mode, flags;
        memcpy(&mode, record + 4, sizeof mode);
        memcpy(&flags, record + 32, sizeof flags);
        survey->formats |= format_bit(mode & S_IFMT);
        survey->status_flags |= flags;
    }
}

/* Takes the answers out of the payload. Gives the first error of the leader's own state. */
static int64_t take(struct inquiry *inquiry, struct fp_survey *survey) {
    const size_t asked = (size_t)survey->call_count * FP_CALL_SIZE;
    const uint8_t *table = inquiry->payload + inquiry->table;
    uint64_t saved[8], listed[8], invalidated[8];
    memcpy(saved, table, sizeof saved);
    memcpy(listed, table + FP_CALL_SIZE + asked, sizeof listed);
    memcpy(invalidated, table + 2 * FP_CALL_SIZE + asked, sizeof invalidated);
    /* msync(2): EBUSY is of locked memory, and ENOMEM of what is not mapped, which there always is. */
    inquiry->is_unlocked = (int64_t)invalidated[7] == -ENOMEM;
    const uint64_t first = survey->site.scratch + FP_AREA_HEAD + inquiry->records;
    survey->found = (int32_t)((listed[7] - first) / FP_DESCRIPTOR_SIZE);
    memcpy(calls_of(survey), table + FP_CALL_SIZE, asked);
    memcpy(data_of(survey), inquiry->payload, (size_t)survey->data_size);
    survey->has_answers = 0;
    for (int32_t i = 0; i < survey->data_size; i++)
        survey->has_answers |= data_of(survey)[i] != 0;
    const uint8_t *records = inquiry->payload + inquiry->records;
    memcpy(records_of(survey), records, (size_t)survey->found * FP_DESCRIPTOR_SIZE);
    note_formats(survey);
    memcpy(&inquiry->slot, records + (size_t)inquiry->capacity * FP_DESCRIPTOR_SIZE, sizeof inquiry->slot);
    return (int64_t)saved[7];
}

/* A text of /proc, as much of it as there is room for. */
static int32_t read_text(const char *path, uint8_t *text, int32_t capacity) {
    int32_t size = 0;
    ssize_t got = 1;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    while (size < capacity && (got = read(file, text + size, (size_t)(capacity - size))) > 0)
        size += (int32_t)got;
    close(file);
    return size;
}

/* Whether any of the descriptors is one that can have a lock: no socket, pipe or character device. */
static int has_lockable(const struct fp_survey *survey) {
    const uint32_t others = format_bit(0) | format_bit(S_IFSOCK) | format_bit(S_IFIFO) | format_bit(S_IFCHR);
    return (survey->formats & ~others) != 0;
}

/* What is known of the process from outside. */
static void look_from_outside(struct fp_survey *survey, pid_t tid, pid_t copy, int is_unlocked) {
    char timers[40];
    snprintf(timers, sizeof timers, "/proc/%d/timers", tid);
    survey->timers_size = read_text(timers, timers_of(survey), survey->timers_capacity);
    survey->locks_size =
        has_lockable(survey) ? read_text("/proc/locks", locks_of(survey), survey->locks_size) : 0;
    survey->memory_result =
        (int32_t)fp_compare_memory(tid, copy, is_unlocked ? FP_UNLOCKED : 0, &survey->memory,
                                   ranges_of(survey), (uint32_t)survey->range_capacity);
}

static int64_t run_inquiry(struct inquiry *inquiry, struct fp_survey *survey, pid_t tid, uint64_t flags) {
    struct fp_area area;
    int64_t result = fp_area_open(&area, (const uint8_t *)&survey->site, inquiry->payload, inquiry->size);
    if (result != 0)
        return result;
    /* With the event the thread would stop once more, and the child is ours anyway. */
    if (!(flags & FP_OTHER_IDS))
        fp_set_options(tid, 0);
    struct fp_copying copying = {.table = fp_payload(&area) + inquiry->table,
                                 .count = inquiry->calls,
                                 .payload = inquiry->payload,
                                 .size = inquiry->size,
                                 .shares = (flags & CLONE_VM) != 0,
                                 .patches =
                                     records_of(survey) + (size_t)survey->capacity * FP_DESCRIPTOR_SIZE,
                                 .patch_count = survey->patch_count};
    result = fp_copy_process(tid, &area, &copying);
    fp_set_options(tid, 1);
    if (result > 0 && flags & FP_OTHER_IDS)
        fp_set_options((int32_t)result, 0);
    return result;
}

static int64_t freeze_leader(struct fp_survey *survey, uint8_t *record, int32_t stride, uint64_t flags) {
    struct inquiry inquiry;
    int32_t tid, limit;
    memcpy(&tid, record, sizeof tid);
    fp_count_descriptors(tid, &survey->open, &limit);
    int64_t result = prepare(&inquiry, survey, limit, flags);
    if (result != 0)
        return result;
    result = run_inquiry(&inquiry, survey, tid, flags);
    int64_t failed = result > 0 ? take(&inquiry, survey) : 0;
    free(inquiry.payload);
    if (result <= 0)
        return result;
    /* Now: the run may have taken it out of a restartable sequence. */
    if (failed == 0)
        failed = fp_note_thread(record, tid);
    if (failed == 0)
        failed = fp_complete_thread(record, &inquiry.slot, survey->site.memory, stride);
    if (failed == 0) {
        fp_note_shared_signals(record);
        look_from_outside(survey, tid, flags & CLONE_VM ? 0 : (pid_t)result, inquiry.is_unlocked);
        return result;
    }
    fp_kill((int32_t)result, 1);
    return failed;
}

/* Gives -ECANCELED when the process holds what it is not to be copied with. */
static int64_t find_holdings(struct fp_survey *survey, uint8_t *records, int32_t count, int32_t stride) {
    int32_t *tids = calloc((size_t)count, sizeof *tids + 1);
    if (tids == NULL)
        return -ENOMEM;
    uint8_t *looks = (uint8_t *)(tids + count);
    for (int32_t i = 0; i < count; i++) {
        tids[i] = record(records, stride, i)->tid;
        looks[i] = (uint8_t)record(records, stride, i)->held;
    }
    survey->holdings = (int32_t)fp_find_holdings(survey->process_id, tids, count, looks);
    for (int32_t i = 0; i < count; i++)
        record(records, stride, i)->held = looks[i];
    free(tids);
    return survey->holdings & survey->refused ? -ECANCELED : 0;
}

/* A tracee that is dead, or runs, has no such message. */
static int stands_still(pid_t tid) {
    unsigned long message;
    return tid == 0 || ptrace(PTRACE_GETEVENTMSG, tid, 0, &message) == 0;
}

static void note_flags(struct fp_survey *survey, uint8_t *records, int32_t count, int32_t stride) {
    survey->thread_flags = 0;
    for (int32_t i = 0; i < count; i++)
        survey->thread_flags |= record(records, stride, i)->flags;
}

FP_EXPORT int64_t fp_freeze(uint8_t *survey, uint8_t *records, int32_t count, int32_t stride, int64_t flags) {
    struct fp_survey *head = (struct fp_survey *)(void *)survey;
    head->found = head->open = head->timers_size = head->memory_result = head->holdings = 0;
    fp_dispatch_met();
    int64_t result = stands_still(head->needed) ? 0 : -ECHILD;
    if (result == 0 && head->process_id)
        result = find_holdings(head, records, count, stride);
    if (result == 0)
        result = fp_have_descriptors(head->spare);
    if (result == 0)
        result = fp_save_threads(survey, records + stride, count - 1, stride);
    if (result == 0)
        result = freeze_leader(head, records, stride, (uint64_t)flags);
    if (result > 0)
        note_flags(head, records, count, stride);
    head->has_dispatch = fp_dispatch_met();
    return result;
}
