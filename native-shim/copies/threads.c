/* What the threads of a process are. */
#include "freeze.h"
#include "thread_record.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Flags of a record (shim_copies.h). */
#define LOCK_HELD 1
#define SIGNAL_PENDING 2
#define SHARED_SIGNAL_PENDING 4
#define SCHEDULE_RESET 8
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

/* What the thread said of itself; what it did not say there is to be read from outside. */
static int complete(struct saved *saved, const struct fp_slot *slot,
                    const struct __ptrace_rseq_configuration *rseq, int32_t stride) {
    struct iovec area = {saved + 1, (size_t)stride - sizeof *saved};
    if (ptrace(PTRACE_GETREGSET, saved->tid, NT_X86_XSTATE, &area) != 0)
        return -errno;
    saved->slot = *slot;
    /* Set again, it must not say that the thread stands on it. */
    saved->slot.stack.ss_flags &= ~SS_ONSTACK;
    saved->xstate_size = (uint32_t)area.iov_len;
    saved->slot.rseq = rseq->rseq_abi_pointer;
    saved->slot.rseq_size = rseq->rseq_abi_size;
    saved->slot.rseq_signature = rseq->signature;
    return 0;
}

/* The head of a robust list (set_robust_list(2)). */
struct list_head {
    uint64_t next, offset, pending;
};

/* Whether the list at an address has a lock, or is just getting one. */
static int has_lock(uint64_t address, const struct list_head *head) {
    return address != 0 && (head->next != address || head->pending != 0);
}

int fp_complete_thread(uint8_t *record, const struct fp_slot *slot, int memory, int32_t stride) {
    struct saved *saved = (struct saved *)(void *)record;
    struct __ptrace_rseq_configuration rseq = {0};
    uint64_t list = 0, length = 0;
    if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, saved->tid, sizeof rseq, &rseq) != sizeof rseq)
        memset(&rseq, 0, sizeof rseq);
    int result = complete(saved, slot, &rseq, stride);
    if (result != 0)
        return result;
    if (syscall(SYS_get_robust_list, saved->tid, &list, &length) == 0)
        saved->slot.robust_list = list;
    struct list_head head = {.next = list};
    fp_read_places(saved->tid, memory, &list, 1, &head, sizeof head);
    saved->flags |= has_lock(list, &head) ? LOCK_HELD : 0;
    saved->flags |= pending(saved->tid, 0);
    saved->flags |= fp_is_reset_on_fork(saved->tid) ? SCHEDULE_RESET : 0;
    return 0;
}

/* Has prepared threads run the agent, each with its part of the payload. */
static int run_all(struct fp_remote *remotes, int32_t count, const struct fp_area *area,
                   struct fp_run *runs) {
    int32_t started = 0;
    int result = 0;
    for (; started < count && result == 0; started++) {
        struct user_regs_struct registers = {.r14 = fp_payload(area) + (uint64_t)started * sizeof *runs};
        result = fp_remote_start(&remotes[started], fp_agent_save, &registers);
    }
    int ended = fp_remotes_wait(remotes, result == 0 ? started : started - 1, area, fp_payload(area), runs);
    return result != 0 ? result : ended;
}

/* Notes what they are. The registers are as they are now: a thread may have been taken back to a trap. */
static int note_all(const struct fp_remote *remotes, const struct fp_run *runs, uint8_t *records,
                    int32_t count, int32_t stride) {
    uint64_t lists[FP_THREADS_AT_ONCE];
    struct list_head heads[FP_THREADS_AT_ONCE];
    int result = 0;
    for (int32_t i = 0; i < count; i++) {
        lists[i] = runs[i].slot.robust_list;
        heads[i] = (struct list_head){.next = lists[i]};
    }
    if (count > 0)
        fp_read_places(remotes[0].tid, remotes[0].area->site.memory, lists, count, heads, sizeof heads[0]);
    for (int32_t i = 0; i < count && result == 0; i++) {
        struct saved *saved = record(records, stride, i);
        saved->registers = remotes[i].saved;
        saved->mask = remotes[i].mask;
        saved->flags |= has_lock(lists[i], &heads[i]) ? LOCK_HELD : 0;
        /* Which queue it is in only the kernel can say. */
        if (runs[i].pending != 0 || remotes[i].faulted_meanwhile)
            saved->flags |= pending(saved->tid, 0);
        result = complete(saved, &runs[i].slot, &remotes[i].rseq, stride);
    }
    return result;
}

static int save_some(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    struct fp_run runs[FP_THREADS_AT_ONCE];
    struct fp_remote remotes[FP_THREADS_AT_ONCE];
    struct fp_area area;
    memset(runs, 0, (size_t)count * sizeof *runs);
    for (int32_t i = 0; i < count; i++) {
        runs[i].result = FP_RUNNING;
        remotes[i].tid = record(records, stride, i)->tid;
    }
    int result = fp_area_open(&area, site, runs, (size_t)count * sizeof *runs);
    if (result != 0)
        return result;
    result = fp_remotes_begin(remotes, count, &area);
    if (result == 0)
        result = run_all(remotes, count, &area, runs);
    for (int32_t i = 0; i < count && result != -ESRCH; i++) {
        int ended = remotes[i].area != NULL ? fp_remote_end(&remotes[i]) : 0;
        result = result != 0 ? result : ended;
    }
    if (result == 0)
        result = note_all(remotes, runs, records, count, stride);
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}

int64_t fp_save_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride) {
    if (stride < (int32_t)sizeof(struct saved) || stride % 8)
        return -EINVAL;
    const int32_t most = fp_fit(site, sizeof(struct fp_run));
    for (int32_t at = 0; at < count; at += most) {
        int32_t some = count - at < most ? count - at : most;
        int result = save_some(site, records + (size_t)at * (size_t)stride, some, stride);
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
        result = fp_complete_thread(bytes, &slot, memory, stride);
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
