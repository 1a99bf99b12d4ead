/* The threads of a process: what they are, made again in a copy of it, and killed. */
#include "freeze.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Flags of a record (shim_ptrace.h). */
#define LOCK_HELD 1
#define SIGNAL_PENDING 2
#define SHARED_SIGNAL_PENDING 4
/* At once: what the scratch memory holds of slots and of clone calls. */
#define SAVED_AT_ONCE 64
#define BUILT_AT_ONCE 64
#define WORDS_AT_ONCE 256

/* A thread as the adapter keeps it (shim_ptrace.h), before its NT_X86_XSTATE. */
struct saved {
    int32_t tid;
    int32_t new_tid; /* in the copy that is being built; zero or -errno: none */
    struct user_regs_struct registers;
    uint64_t mask;
    struct fp_slot slot;
    uint32_t xstate_size;
    uint32_t flags;
    int32_t known_tid; /* as the program knows it */
    int32_t padding;
};

_Static_assert(sizeof(struct saved) == FP_THREAD_HEAD, "the layout that shim_ptrace.h states");

static struct saved *record(uint8_t *records, int32_t stride, int32_t index) {
    return (struct saved *)(void *)(records + (size_t)stride * (size_t)index);
}

struct fp_slot *fp_slot_of(uint8_t *record) {
    return &((struct saved *)(void *)record)->slot;
}

int fp_note_thread(uint8_t *record, pid_t tid) {
    struct saved *saved = (struct saved *)(void *)record;
    if (ptrace(PTRACE_GETREGS, tid, 0, &saved->registers) != 0 ||
        ptrace(PTRACE_GETSIGMASK, tid, 8, &saved->mask) != 0)
        return -errno;
    return 0;
}

FP_EXPORT int64_t fp_peek_signals(int32_t tid, int32_t shared, int32_t first, uint8_t *infos,
                                  int32_t capacity) {
    struct __ptrace_peeksiginfo_args range = {
        .off = (uint64_t)first, .flags = shared ? PTRACE_PEEKSIGINFO_SHARED : 0, .nr = capacity};
    long got = ptrace(PTRACE_PEEKSIGINFO, tid, &range, infos);
    return got < 0 ? -errno : got;
}

static uint32_t pending(pid_t tid, int shared) {
    siginfo_t info;
    if (fp_peek_signals(tid, shared, 0, (uint8_t *)&info, 1) != 1)
        return 0;
    return shared ? SHARED_SIGNAL_PENDING : SIGNAL_PENDING;
}

/* What the thread said of itself, and what can be read from outside. */
int fp_complete_thread(uint8_t *record, const struct fp_slot *slot, const struct fp_remote *remote,
                       int memory, int32_t stride) {
    struct saved *saved = (struct saved *)(void *)record;
    struct __ptrace_rseq_configuration rseq = {0};
    uint64_t list = 0, length = 0, head[3];
    struct iovec area = {saved + 1, (size_t)stride - sizeof *saved};
    if (ptrace(PTRACE_GETREGSET, saved->tid, NT_X86_XSTATE, &area) != 0)
        return -errno;
    saved->slot = *slot;
    /* Set again, it must not say that the thread stands on it. */
    saved->slot.stack.ss_flags &= ~SS_ONSTACK;
    saved->xstate_size = (uint32_t)area.iov_len;
    if (syscall(SYS_get_robust_list, saved->tid, &list, &length) == 0)
        saved->slot.robust_list = list;
    if (list != 0 && pread(memory, head, sizeof head, (off_t)list) == sizeof head &&
        (head[0] != list || head[2] != 0))
        saved->flags |= LOCK_HELD;
    saved->flags |= pending(saved->tid, 0);
    if (remote != NULL)
        rseq = remote->rseq;
    else if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, saved->tid, sizeof rseq, &rseq) != sizeof rseq)
        memset(&rseq, 0, sizeof rseq);
    saved->slot.rseq = rseq.rseq_abi_pointer;
    saved->slot.rseq_size = rseq.rseq_abi_size;
    saved->slot.rseq_signature = rseq.signature;
    return 0;
}

/* All threads run the agent at the same time; gives the first error. */
static int run_slots(struct fp_remote *remotes, int32_t count, const struct fp_area *area,
                     const uint8_t *entry) {
    int result = 0;
    for (int32_t i = 0; i < count; i++) {
        struct user_regs_struct registers = {.r14 = fp_payload(area) + (uint64_t)i * sizeof(struct fp_slot)};
        int started = remotes[i].tid ? fp_remote_start(&remotes[i], entry, &registers) : 0;
        result = result != 0 ? result : started;
    }
    for (int32_t i = 0; i < count; i++) {
        struct user_regs_struct registers;
        int ended = remotes[i].tid ? fp_remote_wait(&remotes[i], &registers) : 0;
        if (ended == 0 && remotes[i].tid && (int64_t)registers.rax < 0)
            ended = (int)registers.rax;
        result = result != 0 ? result : ended;
    }
    return result;
}

static int save_some(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    struct fp_slot slots[SAVED_AT_ONCE];
    struct fp_remote remotes[SAVED_AT_ONCE];
    struct fp_area area;
    memset(slots, 0, sizeof slots);
    int result = fp_area_open(&area, site, slots, (size_t)count * sizeof *slots);
    if (result != 0)
        return result;
    int32_t begun = 0;
    for (; begun < count && result == 0; begun++) {
        struct saved *saved = record(records, stride, begun);
        result = fp_remote_begin(&remotes[begun], saved->tid, &area, 0);
        saved->registers = remotes[begun].saved;
        saved->mask = remotes[begun].mask;
    }
    if (result == 0)
        result = run_slots(remotes, count, &area, fp_agent_save);
    for (int32_t i = 0; i < begun; i++) {
        int ended = result == -ESRCH ? 0 : fp_remote_end(&remotes[i]);
        result = result != 0 ? result : ended;
    }
    if (result == 0)
        result = fp_area_read(&area, slots, (size_t)count * sizeof *slots);
    /* As they are now: a thread may have been taken back to a trap. */
    for (int32_t i = 0; i < begun; i++)
        record(records, stride, i)->registers = remotes[i].saved;
    for (int32_t i = 0; i < count && result == 0; i++)
        result = fp_complete_thread(records + (size_t)i * (size_t)stride, &slots[i], &remotes[i],
                                    area.site.memory, stride);
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}

int64_t fp_save_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    if (stride < (int32_t)sizeof(struct saved) || stride % 8)
        return -EINVAL;
    for (int32_t at = 0; at < count; at += SAVED_AT_ONCE) {
        int32_t some = count - at < SAVED_AT_ONCE ? count - at : SAVED_AT_ONCE;
        int result = save_some(site, records + (size_t)at * (size_t)stride, some, stride);
        if (result != 0)
            return result;
    }
    return 0;
}

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
        result = saved->new_tid > 0 ? fp_wait_newborn(saved->new_tid) : 0;
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

FP_EXPORT int64_t fp_note_vfork(int32_t tid, int32_t memory, uint8_t *bytes, int32_t stride) {
    struct saved *saved = (struct saved *)(void *)bytes;
    struct fp_slot slot = {.stack = {.ss_flags = SS_DISABLE}};
    unsigned long child = 0;
    int32_t word = 0;
    saved->tid = tid;
    if (ptrace(PTRACE_GETEVENTMSG, tid, 0, &child) != 0)
        return -errno;
    int result = fp_note_thread(bytes, tid);
    if (result == 0)
        result = fp_complete_thread(bytes, &slot, NULL, memory, stride);
    saved->registers.rax = child;
    saved->registers.orig_rax = ~0ULL;
    saved->flags &= ~(uint32_t)SIGNAL_PENDING;
    /* Only the thread itself could be asked. glibc keeps the word that it has the kernel clear just before.
     */
    const uint64_t place = saved->slot.robust_list - 16;
    if (saved->slot.robust_list != 0 && pread(memory, &word, sizeof word, (off_t)place) == sizeof word &&
        word == tid)
        saved->slot.tid_address = place;
    return result;
}

void fp_note_shared_signals(uint8_t *bytes) {
    struct saved *saved = (struct saved *)(void *)bytes;
    saved->flags |= pending(saved->tid, 1);
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
    struct fp_slot slots[SAVED_AT_ONCE];
    struct fp_remote remotes[SAVED_AT_ONCE];
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
    result = run_slots(remotes, count, &area, fp_agent_restore);
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
    for (int32_t at = 0; at < count; at += SAVED_AT_ONCE) {
        int32_t some = count - at < SAVED_AT_ONCE ? count - at : SAVED_AT_ONCE;
        int result = fill_some(site, records + (size_t)at * (size_t)stride, some, stride);
        if (result != 0)
            return result;
    }
    return 0;
}

/* The words that the kernel clears at the threads' ends, as the keeper has them. */
static int64_t move_words(pid_t keeper, uint8_t *records, int32_t count, int32_t stride, uint32_t *words,
                          int write) {
    struct iovec local[WORDS_AT_ONCE], remote[WORDS_AT_ONCE];
    int64_t moved = 0;
    for (int32_t at = 0; at < count;) {
        int32_t some = 0;
        for (; at < count && some < WORDS_AT_ONCE; at++) {
            const uint64_t address = record(records, stride, at)->slot.tid_address;
            if (address == 0)
                continue;
            local[some] = (struct iovec){&words[at], sizeof *words};
            remote[some++] = (struct iovec){(void *)address, sizeof *words};
        }
        const unsigned long number = (unsigned long)some;
        ssize_t got = write ? process_vm_writev(keeper, local, number, remote, number, 0)
                            : process_vm_readv(keeper, local, number, remote, number, 0);
        if (got != (ssize_t)(number * sizeof *words))
            return got < 0 ? -errno : -EFAULT;
        moved += got;
    }
    return moved;
}

static void await_end(pid_t tid) {
    int status;
    while (fp_wait_stopped(tid, &status) == 0 && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, tid, 0, 0);
}

int64_t fp_kill_threads(pid_t pid, uint8_t *records, int32_t count, int32_t stride) {
    fp_kill(pid, 0);
    for (int32_t i = 0; i < count; i++) {
        const pid_t tid = record(records, stride, i)->new_tid;
        if (tid > 0 && tid != pid)
            await_end(tid);
    }
    await_end(pid);
    return 0;
}

FP_EXPORT int64_t fp_kill_sharing(int32_t pid, int32_t keeper, uint8_t *records, int32_t count,
                                  int32_t stride) {
    uint32_t *words = calloc((size_t)count, sizeof *words);
    if (words == NULL)
        return -ENOMEM;
    int64_t kept = move_words(keeper, records, count, stride, words, 0);
    /* Without their exit stops they die in one go. */
    for (int32_t i = 0; i < count; i++)
        fp_set_options(record(records, stride, i)->tid, 0);
    fp_kill(pid, 0);
    for (int32_t i = 0; i < count; i++)
        if (record(records, stride, i)->tid != pid)
            await_end(record(records, stride, i)->tid);
    /* The kernel reports the leader's end only when every other traced thread has been waited for. */
    await_end(pid);
    if (kept > 0)
        kept = move_words(keeper, records, count, stride, words, 1);
    free(words);
    return kept < 0 ? kept : 0;
}

static int is_zombie(pid_t tid) {
    char name[64], text[256] = {0};
    snprintf(name, sizeof name, "/proc/%d/task/%d/stat", tid, tid);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 1;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    const char *state = got > 0 ? strrchr(text, ')') : NULL;
    return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

FP_EXPORT int64_t fp_end_thread(int32_t tid, const uint8_t *site) {
    const uint64_t call[8] = {SYS_exit};
    struct fp_area area;
    struct fp_remote remote;
    struct timespec nap = {0, 20000};
    int result = fp_area_open(&area, site, call, sizeof call);
    if (result != 0)
        return result;
    struct user_regs_struct registers = {.r12 = fp_payload(&area), .r13 = 1};
    fp_set_options(tid, 0);
    result = fp_remote_begin(&remote, tid, &area, 1);
    if (result == 0)
        result = fp_remote_start(&remote, fp_agent_calls, &registers);
    /* While other threads live nothing is reported of a leader that has exited. */
    for (int tries = 0; result == 0 && !is_zombie(tid); tries++) {
        nanosleep(&nap, NULL);
        if (tries == 100000)
            result = -ETIMEDOUT;
    }
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}
