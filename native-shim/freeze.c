/* A frozen copy of a stopped process, made by a clone that one of its threads runs. */
#include "freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
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
    for (int32_t i = 0; i < copying->patch_count; i++) {
        uint64_t address;
        memcpy(&address, copying->patches + (size_t)i * FP_PATCH_SIZE, sizeof address);
        fp_poke_byte((int)memory, address, copying->patches[(size_t)i * FP_PATCH_SIZE + 8]);
    }
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
    size_t records, table, size; /* offsets in the payload; the data is at its beginning */
    int32_t capacity, calls;
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
    const size_t table_size = asked + 3 * (size_t)FP_CALL_SIZE;
    inquiry->calls = survey->call_count + 3;
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
    uint64_t own[3][8] = {
        {FP_DO_SAVE, base + slot},
        {FP_DO_LIST, base + inquiry->records, 0, (uint64_t)(inquiry->capacity ? limit : 0), base + slot,
         base + status},
        {SYS_clone, (flags & ~(uint64_t)FP_OTHER_IDS) | CLONE_PTRACE},
    };
    uint8_t *table = inquiry->payload + inquiry->table;
    memcpy(inquiry->payload, data_of(survey), (size_t)survey->data_size);
    memcpy(table, own[0], FP_CALL_SIZE);
    memcpy(table + FP_CALL_SIZE, calls_of(survey), asked);
    memcpy(table + FP_CALL_SIZE + asked, own[1], 2 * sizeof own[1]);
    return 0;
}

/* Takes the answers out of the payload. Gives the first error of the leader's own state. */
static int64_t take(struct inquiry *inquiry, struct fp_survey *survey) {
    const size_t asked = (size_t)survey->call_count * FP_CALL_SIZE;
    const uint8_t *table = inquiry->payload + inquiry->table;
    uint64_t saved[8], listed[8];
    memcpy(saved, table, sizeof saved);
    memcpy(listed, table + FP_CALL_SIZE + asked, sizeof listed);
    const uint64_t first = survey->site.scratch + FP_AREA_HEAD + inquiry->records;
    survey->found = (int32_t)((listed[7] - first) / FP_DESCRIPTOR_SIZE);
    memcpy(calls_of(survey), table + FP_CALL_SIZE, asked);
    memcpy(data_of(survey), inquiry->payload, (size_t)survey->data_size);
    const uint8_t *records = inquiry->payload + inquiry->records;
    memcpy(records_of(survey), records, (size_t)survey->found * FP_DESCRIPTOR_SIZE);
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
static int has_lockable(struct fp_survey *survey) {
    if (survey->found < survey->open)
        return 1;
    for (int32_t i = 0; i < survey->found; i++) {
        uint32_t mode;
        memcpy(&mode, records_of(survey) + (size_t)i * FP_DESCRIPTOR_SIZE + 4, sizeof mode);
        if (mode & S_IFMT && !S_ISSOCK(mode) && !S_ISFIFO(mode) && !S_ISCHR(mode))
            return 1;
    }
    return 0;
}

/* What is known of the process from outside. */
static void look_from_outside(struct fp_survey *survey, pid_t tid, pid_t copy) {
    char timers[40];
    snprintf(timers, sizeof timers, "/proc/%d/timers", tid);
    survey->timers_size = read_text(timers, timers_of(survey), survey->timers_capacity);
    survey->locks_size =
        has_lockable(survey) ? read_text("/proc/locks", locks_of(survey), survey->locks_size) : 0;
    survey->memory_result = (int32_t)fp_compare_memory(tid, copy, 0, &survey->memory, ranges_of(survey),
                                                       (uint32_t)survey->range_capacity);
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
        look_from_outside(survey, tid, flags & CLONE_VM ? 0 : (pid_t)result);
        return result;
    }
    fp_kill((int32_t)result, 1);
    return failed;
}

FP_EXPORT int64_t fp_freeze(uint8_t *survey, uint8_t *records, int32_t count, int32_t stride, int64_t flags) {
    struct fp_survey *head = (struct fp_survey *)(void *)survey;
    head->found = head->open = head->timers_size = head->memory_result = 0;
    fp_dispatch_met();
    int64_t result = fp_have_descriptors(head->spare);
    if (result == 0)
        result = fp_save_threads(survey, records + stride, count - 1, stride);
    if (result == 0)
        result = freeze_leader(head, records, stride, (uint64_t)flags);
    head->has_dispatch = fp_dispatch_met();
    return result;
}
