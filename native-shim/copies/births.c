/*
 * Threads made again in a copy of their process. A newborn is in the midst of the agent, as its maker was,
 * and goes on there to set its own state; it stops where it is born, and at the agent's end.
 */
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

/* What clone3 wants beside its call. */
struct birth {
    struct clone_args arguments;
    uint64_t tid;
};

/* The payload has `count` of each, one kind behind the other: the calls in a row, as the agent wants them. */
struct plan {
    uint64_t calls[FP_THREADS_AT_ONCE][8];
    struct birth births[FP_THREADS_AT_ONCE];
    struct fp_run runs[FP_THREADS_AT_ONCE];
    int32_t whose[FP_THREADS_AT_ONCE];
    int32_t count;
};

/* Bytes of one in the payload. */
#define PLANNED (sizeof(uint64_t[8]) + sizeof(struct birth) + sizeof(struct fp_run))

/* A process of one thread that gets more. */
struct family {
    pid_t leader;
    const uint8_t *site;
    uint8_t *records;
    int32_t count, stride;
    int other_ids;
    const struct saved *like; /* what the leader has set already, and a newborn has from it; or NULL */
};

static struct saved *member(const struct family *family, int32_t index) {
    return record(family->records, family->stride, index);
}

/*
 * glibc keeps a thread's id where the kernel clears it at the end; musl has the lock of its list of threads
 * there. A new id goes only where the old one stands.
 */
int fp_keeps_id(uint8_t *record, int memory) {
    const struct saved *saved = (const struct saved *)(void *)record;
    int32_t word = 0;
    fp_read_places(0, memory, &saved->slot.tid_address, 1, &word, sizeof word);
    return saved->slot.tid_address != 0 && word == saved->known_tid;
}

/* What stands where the ids of the planned threads may be. */
static void read_ids(const struct plan *plan, const struct family *family, int memory, int32_t *ids) {
    uint64_t places[FP_THREADS_AT_ONCE];
    memset(ids, 0, (size_t)plan->count * sizeof *ids);
    for (int32_t i = 0; i < plan->count; i++)
        places[i] = member(family, plan->whose[i])->slot.tid_address;
    fp_read_places(family->leader, memory, places, plan->count, ids, sizeof *ids);
}

static void plan_birth(uint64_t call[8], struct birth *birth, const struct saved *saved, uint64_t place,
                       uint64_t run, uint64_t flags, int sets_id) {
    const uint64_t address = saved->slot.tid_address;
    flags |= CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
             CLONE_PTRACE | (address ? CLONE_CHILD_CLEARTID : 0);
    const uint64_t extended[8] = {SYS_clone3, place, sizeof birth->arguments, 0, 0, 0, run};
    const uint64_t plain[8] = {
        SYS_clone, flags | (sets_id ? CLONE_CHILD_SETTID : 0), 0, 0, address, saved->registers.fs_base, run};
    memcpy(call, place ? extended : plain, sizeof extended);
    *birth = (struct birth){.arguments = {.flags = flags,
                                          .child_tid = address,
                                          .tls = saved->registers.fs_base,
                                          .set_tid = place + offsetof(struct birth, tid),
                                          .set_tid_size = 1},
                            .tid = (uint32_t)saved->known_tid};
}

/* What a newborn has to set itself, beside what it has from the leader or as every newborn has it. */
static void plan_run(struct fp_run *run, const struct saved *saved, const struct saved *like) {
    *run = (struct fp_run){.slot = saved->slot, .result = FP_RUNNING};
    if (run->slot.stack.ss_flags & SS_DISABLE)
        run->slot.stack.ss_flags = -1;
    if (like == NULL)
        return;
    if (memcmp(run->slot.name, like->slot.name, sizeof run->slot.name) == 0)
        run->slot.name[sizeof run->slot.name - 1] = 1;
    if (run->slot.timer_slack == like->slot.timer_slack)
        run->slot.timer_slack = 0;
}

/* Plans the threads of those records that have none yet. */
static void make_plan(struct plan *plan, const struct family *family, int same_ids) {
    struct fp_site place;
    memcpy(&place, family->site, sizeof place);
    plan->count = 0;
    for (int32_t i = 0; i < family->count; i++)
        if (member(family, i)->new_tid <= 0)
            plan->whose[plan->count++] = i;
    int32_t ids[FP_THREADS_AT_ONCE];
    if (!same_ids)
        read_ids(plan, family, place.memory, ids);
    const uint64_t births = place.scratch + FP_AREA_HEAD + (uint64_t)plan->count * sizeof plan->calls[0];
    const uint64_t runs = births + (uint64_t)plan->count * sizeof plan->births[0];
    for (int32_t i = 0; i < plan->count; i++) {
        const struct saved *saved = member(family, plan->whose[i]);
        /* Where the tracer's ids are others, the event tells them. Else the leader need not stop for it. */
        plan_birth(plan->calls[i], &plan->births[i], saved,
                   same_ids ? births + (uint64_t)i * sizeof(struct birth) : 0,
                   runs + (uint64_t)i * sizeof(struct fp_run), family->other_ids ? 0 : CLONE_UNTRACED,
                   !same_ids && ids[i] != 0 && ids[i] == saved->known_tid);
        plan_run(&plan->runs[i], saved, family->like);
    }
}

/* The payload of a plan. Gives its size. */
static size_t pack(uint8_t *payload, const struct plan *plan) {
    const size_t count = (size_t)plan->count;
    uint8_t *births = payload + count * sizeof plan->calls[0];
    uint8_t *runs = births + count * sizeof plan->births[0];
    memcpy(payload, plan->calls, count * sizeof plan->calls[0]);
    memcpy(births, plan->births, count * sizeof plan->births[0]);
    memcpy(runs, plan->runs, count * sizeof plan->runs[0]);
    return count * PLANNED;
}

/* Notes the ids that the calls gave; an id that is refused is only noted. */
static void note_births(const struct plan *plan, const struct family *family, const struct fp_remote *leader,
                        struct fp_remote *newborn) {
    int32_t born = 0;
    memset(newborn, 0, (size_t)plan->count * sizeof *newborn);
    for (int32_t i = 0; i < plan->count; i++) {
        struct saved *saved = member(family, plan->whose[i]);
        saved->new_tid = (int32_t)plan->calls[i][7];
        if (saved->new_tid <= 0)
            continue;
        if (born < leader->born_count)
            saved->new_tid = leader->born[born++];
        newborn[i].tid = saved->new_tid;
        newborn[i].area = leader->area;
        newborn[i].saved = saved->registers;
    }
}

/* Sets a newborn going. Mostly it has come to its first stop, which need not be waited for. */
static int raise_one(pid_t tid) {
    if (ptrace(PTRACE_CONT, tid, 0, 0) == 0)
        return 0;
    int result = fp_wait_newborn(tid);
    return result == 0 && ptrace(PTRACE_CONT, tid, 0, 0) != 0 ? -errno : result;
}

/* Lets the newborn threads go on from where they were born to the agent's end. */
static int raise_all(struct plan *plan, struct fp_remote *newborn, const struct fp_area *area) {
    int result = 0;
    for (int32_t i = 0; i < plan->count && result == 0; i++)
        result = newborn[i].tid ? raise_one(newborn[i].tid) : 0;
    const uint64_t runs = fp_payload(area) + (uint64_t)plan->count * (PLANNED - sizeof plan->runs[0]);
    return result != 0 ? result : fp_remotes_wait(newborn, plan->count, area, runs, plan->runs);
}

/* They have the cores and the options of the leader as it was during its run. */
static int dress_all(const struct plan *plan, const struct family *family, struct fp_remote *newborn,
                     const struct fp_remote *leader) {
    uint8_t bytes[FP_MOST_XSTATE];
    struct iovec xstate = {bytes, 0};
    int result = 0, ignored = 0;
    for (int32_t i = 0; i < plan->count && result == 0; i++) {
        if (!newborn[i].tid)
            continue;
        if (newborn[i].trap_handler == FP_IGNORED && !ignored++)
            result = fp_remote_ignore_trap(&newborn[i]);
        if (xstate.iov_len == 0)
            xstate = fp_xstate_of(newborn[i].tid, bytes, sizeof bytes);
        if (result == 0)
            result = fp_dress_like(member(family, plan->whose[i]), &xstate);
        fp_unpin(newborn[i].tid, &leader->pin);
        if (result == 0 && leader->filtered)
            result = (int)fp_set_options(newborn[i].tid, 1);
    }
    return result;
}

/* Runs the planned calls in the leader, and what they give birth to. */
static int give_birth(const struct family *family, struct plan *plan) {
    struct fp_area area;
    struct fp_remote remote, newborn[FP_THREADS_AT_ONCE];
    uint8_t payload[FP_THREADS_AT_ONCE * PLANNED];
    int result = fp_area_open(&area, family->site, payload, pack(payload, plan));
    if (result != 0)
        return result;
    struct user_regs_struct registers = {.r12 = fp_payload(&area), .r13 = (uint64_t)plan->count};
    result = fp_remote_run_noting(&remote, family->leader, &area, fp_agent_births, &registers);
    if (result == 0)
        result = fp_area_read(&area, plan->calls, (size_t)plan->count * sizeof plan->calls[0]);
    if (result == 0) {
        note_births(plan, family, &remote, newborn);
        result = raise_all(plan, newborn, &area);
    }
    if (result == 0)
        result = dress_all(plan, family, newborn, &remote);
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}

/* The first refusal of a thread, or 0. */
static int refusal(const struct family *family) {
    for (int32_t i = 0; i < family->count; i++)
        if (member(family, i)->new_tid <= 0)
            return member(family, i)->new_tid;
    return 0;
}

static int build_some(const struct family *family, int same_ids) {
    struct plan plan;
    int result = 0;
    /* Threads that do the same have mostly the same there. So the leader has what the first of them had while
     * it makes them; its own is set when they are there. */
    fp_lend_xstate(family->leader, member(family, 0));
    for (int32_t i = 0; i < family->count; i++)
        member(family, i)->new_tid = 0;
    for (int same = same_ids; same >= 0 && result == 0; same--) {
        make_plan(&plan, family, same);
        if (plan.count > 0)
            result = give_birth(family, &plan);
    }
    return result != 0 ? result : refusal(family);
}

int64_t fp_build_threads(int32_t leader, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                         int32_t flags, const uint8_t *like) {
    const int32_t most = fp_fit(site, PLANNED);
    /* They get them from it. */
    if (count > 0)
        fp_set_options(leader, 1);
    for (int32_t at = 0; at < count; at += most) {
        const struct family family = {.leader = leader,
                                      .site = site,
                                      .records = records + (size_t)at * (size_t)stride,
                                      .count = count - at < most ? count - at : most,
                                      .stride = stride,
                                      .other_ids = (flags & FP_BUILD_OTHER_IDS) != 0,
                                      .like = (const struct saved *)(const void *)like};
        int result = build_some(&family, (flags & FP_BUILD_SAME_IDS) != 0);
        if (result != 0)
            return result;
    }
    return 0;
}
