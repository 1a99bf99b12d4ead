/* Threads and their processes brought to an end. */
#include "freeze.h"
#include "thread_record.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORDS_AT_ONCE 256

/* What takes least for one. */
static int64_t move_word(int memory, uint64_t address, uint32_t *word, int write) {
    if (address == 0)
        return 0;
    ssize_t got = write ? pwrite(memory, word, sizeof *word, (off_t)address)
                        : pread(memory, word, sizeof *word, (off_t)address);
    return got == sizeof *word ? got : got < 0 ? -errno : -EFAULT;
}

/* The words that the kernel clears at the threads' ends, as the keeper has them. */
static int64_t move_words(pid_t keeper, int memory, uint8_t *records, int32_t count, int32_t stride,
                          uint32_t *words, int write) {
    if (count == 1)
        return move_word(memory, record(records, stride, 0)->slot.tid_address, words, write);
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

FP_EXPORT int64_t fp_kill_sharing(int32_t pid, int32_t memory, int32_t keeper, uint8_t *records,
                                  int32_t count, int32_t stride) {
    struct fp_pin pin;
    uint32_t *words = calloc((size_t)count, sizeof *words);
    if (words == NULL)
        return -ENOMEM;
    int64_t kept = move_words(keeper, memory, records, count, stride, words, 0);
    /* Without their exit stops they die in one go. */
    for (int32_t i = 0; i < count; i++)
        ptrace(PTRACE_SETOPTIONS, record(records, stride, i)->tid, 0, PTRACE_O_EXITKILL);
    /* A process of one thread dies on this core, while we look on. */
    if (count == 1)
        fp_pin(pid, &pin);
    fp_kill(pid, 0);
    for (int32_t i = 0; i < count; i++)
        if (record(records, stride, i)->tid != pid)
            await_end(record(records, stride, i)->tid);
    /* The kernel reports the leader's end only when every other traced thread has been waited for. */
    await_end(pid);
    if (kept > 0)
        kept = move_words(keeper, memory, records, count, stride, words, 1);
    close(memory);
    free(words);
    return kept < 0 ? kept : 0;
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
    for (int tries = 0; result == 0 && !fp_has_ended(tid); tries++) {
        nanosleep(&nap, NULL);
        if (tries == 100000)
            result = -ETIMEDOUT;
    }
    int closed = fp_area_close(&area);
    return result != 0 ? result : closed;
}
