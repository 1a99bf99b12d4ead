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

struct range_step {
    const uint64_t *ranges;
    const uint64_t *sites;
    int32_t range_count;
    int32_t site_count;
};

static int step_in_ranges(pid_t tid, const struct range_step *step, int32_t limit, int *status) {
    for (int32_t steps = 0; steps < limit; steps++) {
        if (ptrace(PTRACE_SINGLESTEP, tid, 0, 0) != 0)
            return -errno;
        pid_t got = fp_bounded_wait(tid, status, STEP_WAIT);
        if (got <= 0)
            return got;
        uint64_t pc = (uint64_t)ptrace(PTRACE_PEEKUSER, tid, RIP, 0);
        if (!is_step_done(*status) || !in_ranges(pc, step->ranges, step->range_count) ||
            is_site(pc, step->sites, step->site_count))
            return 1;
    }
    return 2;
}

FP_EXPORT int64_t fp_step_range(int32_t tid, const uint8_t *ranges, int32_t count, const uint8_t *sites,
                                int32_t site_count, int32_t limit, uint8_t *event) {
    const struct range_step step = {(const uint64_t *)ranges, (const uint64_t *)sites, count, site_count};
    struct fp_pin pin;
    int status = 0;
    fp_before_going(tid, 0);
    fp_pin(tid, &pin);
    int result = step_in_ranges(tid, &step, limit, &status);
    fp_unpin(tid, &pin);
    if (result > 0)
        fp_fill_event(tid, status, event);
    return result;
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
    struct fp_pin pin;
    int status;
    fp_pin(tid, &pin);
    int got = step_over(tid, memory, (uint64_t)address, original, &status);
    fp_unpin(tid, &pin);
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

struct condition_table {
    const struct site *sites;
    int32_t count;
    const uint8_t *code;
};

/* The site whose trap the thread has just met with a false condition (the pc wound back to it), else NULL. */
static const struct site *false_site(pid_t tid, int memory, int status, const struct condition_table *table) {
    struct user_regs_struct registers;
    siginfo_t info;
    if (!is_step_done(status) || ptrace(PTRACE_GETREGS, tid, 0, &registers) != 0)
        return NULL;
    registers.rip -= 1;
    const struct site *site = find_site(table->sites, table->count, registers.rip);
    if (site == NULL || site->length == 0 || ptrace(PTRACE_GETSIGINFO, tid, 0, &info) != 0 ||
        info.si_code != SI_KERNEL)
        return NULL;
    if (fp_condition(table->code + site->offset, site->length, &registers, memory) != 0)
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

static int run_conditional(pid_t tid, int memory, int32_t start, const struct condition_table *table,
                           int32_t limit, int32_t microseconds, int *status) {
    const struct site *site = NULL;
    if (start == 1)
        site = false_site(tid, memory, *status, table);
    if (start == 2)
        site = find_site(table->sites, table->count, (uint64_t)ptrace(PTRACE_PEEKUSER, tid, RIP, 0));
    for (int32_t hits = 0; site != NULL || (start != 1 && hits == 0); hits++) {
        if (hits == limit)
            return 2;
        int got = pass_site(tid, memory, site, status, microseconds);
        if (got != 1)
            return got;
        site = false_site(tid, memory, *status, table);
    }
    return 1;
}

FP_EXPORT int64_t fp_run_conditional(int32_t tid, int32_t memory, int32_t start, const uint8_t *site_records,
                                     int32_t count, const uint8_t *code, int32_t limit, int32_t microseconds,
                                     uint8_t *event) {
    const struct condition_table table = {(const struct site *)site_records, count, code};
    struct fp_pin pin;
    int status = W_STOPCODE(SIGTRAP);
    fp_pin(tid, &pin);
    int result = run_conditional(tid, memory, start, &table, limit, microseconds, &status);
    fp_unpin(tid, &pin);
    if (result == 1)
        fp_fill_event(tid, status, event);
    return result;
}
