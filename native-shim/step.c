/* The loops that are too hot for one call a step: stepping a range, stepping over a trap, false conditions.
 */
#include "shim.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIP ((void *)offsetof(struct user_regs_struct, rip))
#define STEP_WAIT 20000 /* microseconds: longer than any instruction, shorter than a person notices */
#define TRAP 0xCC

/* Signals that an instruction itself may raise. Blocked, they would end the program instead of reaching its
 * handler. */
#define SYNCHRONOUS                                                                                          \
    (1ULL << (SIGSEGV - 1) | 1ULL << (SIGBUS - 1) | 1ULL << (SIGFPE - 1) | 1ULL << (SIGILL - 1) |            \
     1ULL << (SIGTRAP - 1) | 1ULL << (SIGSYS - 1))

static int is_step_done(int status) { return WIFSTOPPED(status) && status >> 8 == SIGTRAP; }

static int in_ranges(uint64_t pc, const uint64_t *ranges, int32_t count) {
    for (int32_t i = 0; i < count; i++)
        if (pc >= ranges[2 * i] && pc < ranges[2 * i + 1])
            return 1;
    return 0;
}

static int is_site(uint64_t pc, const uint64_t *sites, int32_t count) {
    for (int32_t low = 0, high = count; low < high;) {
        int32_t middle = low + (high - low) / 2;
        if (sites[middle] == pc)
            return 1;
        if (sites[middle] < pc)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}

FP_EXPORT int64_t fp_step_range(int32_t tid, const uint8_t *ranges, int32_t count, const uint8_t *sites,
                                int32_t site_count, int32_t limit, uint8_t *event) {
    int status = 0, got;
    for (int32_t steps = 0; steps < limit; steps++) {
        if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) != 0)
            return -errno;
        got = fp_bounded_wait(tid, &status, STEP_WAIT);
        if (got <= 0)
            return got;
        uint64_t pc = (uint64_t)ptrace(PTRACE_PEEKUSER, tid, RIP, 0);
        if (!is_step_done(status) || !in_ranges(pc, (const uint64_t *)ranges, count) ||
            is_site(pc, (const uint64_t *)sites, site_count)) {
            fp_fill_event(tid, status, event);
            return 1;
        }
    }
    fp_fill_event(tid, status, event);
    return 2;
}

/* A system call may read or change the signal mask, or wait for a signal: it keeps the program's own. */
static int is_system_call(int memory, uint64_t address, int original) {
    uint8_t second = 0;
    if (pread(memory, &second, 1, (off_t)address + 1) != 1)
        return 0;
    return (original == 0x0F && (second == 0x05 || second == 0x34)) || (original == 0xCD && second == 0x80);
}

/* The step itself, trap out and in again. Gives 1, 0 when still running (trap out), -errno. */
static int step_over(pid_t tid, int memory, uint64_t address, int original, int *status) {
    uint64_t mask, blocked = ~SYNCHRONOUS;
    int keep_mask = is_system_call(memory, address, original);
    if (fp_poke_byte(memory, address, (uint8_t)original) != 0)
        return -EFAULT;
    if (!keep_mask &&
        (ptrace(PTRACE_GETSIGMASK, tid, 8, &mask) != 0 || ptrace(PTRACE_SETSIGMASK, tid, 8, &blocked) != 0))
        return -errno;
    if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) != 0)
        return -errno;
    int got = fp_bounded_wait(tid, status, STEP_WAIT);
    /* Only a page fault that the kernel must serve takes longer. */
    if (got == 0 && !keep_mask)
        got = fp_wait_stopped(tid, status) == 0 ? 1 : -errno;
    else if (got > 0)
        got = 1;
    if (got == 1 && !keep_mask && WIFSTOPPED(*status))
        ptrace(PTRACE_SETSIGMASK, tid, 8, &mask);
    if (got == 1)
        fp_poke_byte(memory, address, TRAP);
    return got;
}

FP_EXPORT int64_t fp_step_over(int32_t tid, int32_t memory, int64_t address, int32_t original,
                               uint8_t *event) {
    int status;
    int got = step_over(tid, memory, (uint64_t)address, original, &status);
    if (got == 1)
        fp_fill_event(tid, status, event);
    return got;
}

struct site {
    uint64_t address;
    uint32_t original;
    uint32_t offset;
    uint32_t length;
    uint32_t padding;
};

static const struct site *find_site(const struct site *sites, int32_t count, uint64_t address) {
    for (int32_t i = 0; i < count; i++)
        if (sites[i].address == address)
            return &sites[i];
    return NULL;
}

/* The site whose trap the thread has just met with a false condition (the pc wound back to it), else NULL. */
static const struct site *false_site(pid_t tid, int memory, int status, const struct site *sites,
                                     int32_t count, const uint8_t *code) {
    struct user_regs_struct registers;
    siginfo_t info;
    if (!is_step_done(status) || ptrace(PTRACE_GETREGS, tid, 0, &registers) != 0)
        return NULL;
    registers.rip -= 1;
    const struct site *site = find_site(sites, count, registers.rip);
    if (site == NULL || site->length == 0 || ptrace(PTRACE_GETSIGINFO, tid, 0, &info) != 0 ||
        info.si_code != SI_KERNEL)
        return NULL;
    if (fp_condition(code + site->offset, site->length, &registers, memory) != 0)
        return NULL;
    return ptrace(PTRACE_POKEUSER, tid, RIP, registers.rip) == 0 ? site : NULL;
}

/* Steps over a trap and lets the thread run to its next stop. As fp_run_conditional, but 1 means just that.
 */
static int pass_site(pid_t tid, int memory, const struct site *site, int *status, int32_t microseconds) {
    if (site != NULL) {
        int got = step_over(tid, memory, site->address, (int)site->original, status);
        if (got == 0)
            return 3;
        if (got < 0 || !is_step_done(*status))
            return got;
    }
    if (ptrace(PTRACE_CONT, tid, 0, 0) != 0)
        return -errno;
    int got = fp_bounded_wait(tid, status, microseconds);
    return got > 0 ? 1 : got;
}

FP_EXPORT int64_t fp_run_conditional(int32_t tid, int32_t memory, int32_t start, const uint8_t *site_records,
                                     int32_t count, const uint8_t *code, int32_t limit, int32_t microseconds,
                                     uint8_t *event) {
    const struct site *sites = (const struct site *)site_records;
    const struct site *site = NULL;
    int status = W_STOPCODE(SIGTRAP);
    if (start == 1)
        site = false_site(tid, memory, status, sites, count, code);
    if (start == 2)
        site = find_site(sites, count, (uint64_t)ptrace(PTRACE_PEEKUSER, tid, RIP, 0));
    for (int32_t hits = 0; site != NULL || (start != 1 && hits == 0); hits++) {
        if (hits == limit)
            return 2;
        int got = pass_site(tid, memory, site, &status, microseconds);
        if (got != 1)
            return got;
        site = false_site(tid, memory, status, sites, count, code);
    }
    fp_fill_event(tid, status, event);
    return 1;
}
