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

/* Flags of a record (shim_ptrace.h). */
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
    saved->flags |= fp_is_reset_on_fork(saved->tid) ? SCHEDULE_RESET : 0;
    if (remote != NULL)
        rseq = remote->rseq;
    else if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, saved->tid, sizeof rseq, &rseq) != sizeof rseq)
        memset(&rseq, 0, sizeof rseq);
    saved->slot.rseq = rseq.rseq_abi_pointer;
    saved->slot.rseq_size = rseq.rseq_abi_size;
    saved->slot.rseq_signature = rseq.signature;
    return 0;
}

int fp_run_slots(struct fp_remote *remotes, int32_t count, const struct fp_area *area, const uint8_t *entry) {
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
    struct fp_slot slots[FP_THREADS_AT_ONCE];
    struct fp_remote remotes[FP_THREADS_AT_ONCE];
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
        result = fp_run_slots(remotes, count, &area, fp_agent_save);
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
    for (int32_t at = 0; at < count; at += FP_THREADS_AT_ONCE) {
        int32_t some = count - at < FP_THREADS_AT_ONCE ? count - at : FP_THREADS_AT_ONCE;
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
