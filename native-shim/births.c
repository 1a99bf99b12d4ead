/* Threads made again in a copy of their process. */
#include "freeze.h"
#include "thread_record.h"

#include <elf.h>
#include <errno.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* At once: what the scratch memory holds of clone calls. */
#define BUILT_AT_ONCE 64

/* What clone3 wants beside its call. */
struct birth {
    struct clone_args arguments;
    uint64_t tid;
};

/* The calls in a row, as the agent wants them, and behind as many births as there are calls. */
struct plan {
    uint64_t calls[BUILT_AT_ONCE][8];
    struct birth births[BUILT_AT_ONCE];
    int32_t whose[BUILT_AT_ONCE];
    int32_t count;
};

/*
 * glibc keeps a thread's id where the kernel clears it at the end; musl has the lock of its list of threads
 * there. A new id goes only where the old one stands.
 */
static int keeps_id(const struct saved *saved, int memory) {
    const uint64_t address = saved->slot.tid_address;
    int32_t word = 0;
    return address != 0 && pread(memory, &word, sizeof word, (off_t)address) == sizeof word &&
           word == saved->known_tid;
}

int fp_keeps_id(uint8_t *record, int memory) { return keeps_id((struct saved *)(void *)record, memory); }

static void plan_birth(uint64_t call[8], struct birth *birth, const struct saved *saved, uint64_t place,
                       int memory, int same_ids) {
    const uint64_t address = saved->slot.tid_address;
    const uint64_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                           CLONE_SETTLS | CLONE_PTRACE | (address ? CLONE_CHILD_CLEARTID : 0);
    const uint64_t extended[8] = {SYS_clone3, place, sizeof birth->arguments};
    const int sets_id = !same_ids && keeps_id(saved, memory);
    const uint64_t plain[8] = {
        SYS_clone, flags | (sets_id ? CLONE_CHILD_SETTID : 0), 0, 0, address, saved->registers.fs_base};
    memcpy(call, same_ids ? extended : plain, sizeof extended);
    *birth = (struct birth){.arguments = {.flags = flags,
                                          .child_tid = address,
                                          .tls = saved->registers.fs_base,
                                          .set_tid = place + offsetof(struct birth, tid),
                                          .set_tid_size = 1},
                            .tid = (uint32_t)saved->known_tid};
}

/* Plans the threads of those records that have none yet. */
static void make_plan(struct plan *plan, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                      int same_ids) {
    struct fp_site place;
    memcpy(&place, site, sizeof place);
    plan->count = 0;
    for (int32_t i = 0; i < count; i++)
        if (record(records, stride, i)->new_tid <= 0)
            plan->whose[plan->count++] = i;
    const uint64_t births = place.scratch + FP_AREA_HEAD + (uint64_t)plan->count * sizeof plan->calls[0];
    for (int32_t i = 0; i < plan->count; i++)
        plan_birth(plan->calls[i], &plan->births[i], record(records, stride, plan->whose[i]),
                   births + (uint64_t)i * sizeof(struct birth), place.memory, same_ids);
}

/* Runs the planned calls in the leader; an id that is refused is only noted. */
static int give_birth(pid_t leader, const uint8_t *site, uint8_t *records, int32_t stride,
                      struct plan *plan) {
    struct fp_area area;
    const size_t table = (size_t)plan->count * sizeof plan->calls[0];
    const size_t size = table + (size_t)plan->count * sizeof plan->births[0];
    uint8_t payload[sizeof plan->calls + sizeof plan->births];
    memcpy(payload, plan->calls, table);
    memcpy(payload + table, plan->births, size - table);
    int result = fp_area_open(&area, site, payload, size);
    if (result != 0)
        return result;
    struct user_regs_struct registers = {.r12 = fp_payload(&area), .r13 = (uint64_t)plan->count};
    struct fp_remote remote;
    result = fp_remote_run_noting(&remote, leader, &area, fp_agent_calls, &registers);
    if (result == 0)
        result = fp_area_read(&area, plan->calls, table);
    int32_t born = 0;
    for (int32_t i = 0; i < plan->count && result == 0; i++) {
        struct saved *saved = record(records, stride, plan->whose[i]);
        saved->new_tid = (int32_t)plan->calls[i][7];
        if (saved->new_tid > 0 && born < remote.born_count)
            saved->new_tid = remote.born[born++];
        if (saved->new_tid <= 0)
            continue;
        result = fp_wait_newborn(saved->new_tid);
        /* It was kept on its maker's core, too. */
        fp_unpin(saved->new_tid, &remote.pin);
    }
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}

/* The first refusal of a thread, or 0. */
static int refusal(uint8_t *records, int32_t count, int32_t stride) {
    for (int32_t i = 0; i < count; i++)
        if (record(records, stride, i)->new_tid <= 0)
            return record(records, stride, i)->new_tid;
    return 0;
}

static int build_some(pid_t leader, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                      int same_ids) {
    struct plan plan;
    int result = 0;
    for (int32_t i = 0; i < count; i++)
        record(records, stride, i)->new_tid = 0;
    for (int same = same_ids; same >= 0 && result == 0; same--) {
        make_plan(&plan, site, records, count, stride, same);
        if (plan.count > 0)
            result = give_birth(leader, site, records, stride, &plan);
    }
    return result != 0 ? result : refusal(records, count, stride);
}

int64_t fp_build_threads(int32_t leader, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                         int32_t same_ids) {
    for (int32_t at = 0; at < count; at += BUILT_AT_ONCE) {
        int32_t some = count - at < BUILT_AT_ONCE ? count - at : BUILT_AT_ONCE;
        uint8_t *first = records + (size_t)at * (size_t)stride;
        int result = build_some(leader, site, first, some, stride, same_ids != 0);
        if (result != 0)
            return result;
    }
    return 0;
}

int fp_dress_thread(uint8_t *bytes) {
    struct saved *saved = (struct saved *)(void *)bytes;
    struct iovec area = {saved + 1, saved->xstate_size};
    if (ptrace(PTRACE_SETREGS, saved->new_tid, 0, &saved->registers) != 0 ||
        ptrace(PTRACE_SETREGSET, saved->new_tid, NT_X86_XSTATE, &area) != 0 ||
        ptrace(PTRACE_SETSIGMASK, saved->new_tid, 8, &saved->mask) != 0)
        return -errno;
    return (int)fp_set_options(saved->new_tid, 1);
}

/*
 * Newborn threads set their own state. They have the mask that their maker ran the agent with, and need
 * nothing put back: what they will be is in their records.
 */
static int fill_some(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    struct fp_slot slots[FP_THREADS_AT_ONCE];
    struct fp_remote remotes[FP_THREADS_AT_ONCE];
    struct fp_area area;
    memset(slots, 0, sizeof slots);
    memset(remotes, 0, sizeof remotes);
    for (int32_t i = 0; i < count; i++)
        slots[i] = record(records, stride, i)->slot;
    int result = fp_area_open(&area, site, slots, (size_t)count * sizeof *slots);
    if (result != 0)
        return result;
    for (int32_t i = 0; i < count; i++) {
        remotes[i].tid = record(records, stride, i)->new_tid;
        remotes[i].area = &area;
        remotes[i].saved = record(records, stride, i)->registers;
    }
    result = fp_run_slots(remotes, count, &area, fp_agent_restore);
    int ignored = 0;
    for (int32_t i = 0; i < count && result == 0; i++) {
        if (remotes[i].trap_handler == FP_IGNORED && !ignored++)
            result = fp_remote_ignore_trap(&remotes[i]);
        if (result == 0)
            result = fp_dress_thread(records + (size_t)i * (size_t)stride);
    }
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}

int64_t fp_fill_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    for (int32_t at = 0; at < count; at += FP_THREADS_AT_ONCE) {
        int32_t some = count - at < FP_THREADS_AT_ONCE ? count - at : FP_THREADS_AT_ONCE;
        int result = fill_some(site, records + (size_t)at * (size_t)stride, some, stride);
        if (result != 0)
            return result;
    }
    return 0;
}
