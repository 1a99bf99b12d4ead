/*
 * Since when threads have been asleep in a system call that has a time-out, by what the kernel's scheduler
 * tells of them (/proc/PID/task/TID/sched): a thread that sleeps was last accounted for when it fell asleep.
 * That is by the clock of its processor, which goes on only while the processor works for tasks.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
/* How closely a clock is read, and how often that is tried. */
#define CLOSE (SECOND / 10000)
#define READINGS 10
#define NEVER INT64_MAX

/* Fields of /proc/PID/stat (proc(5)) from the state on, behind the name. */
#define PROCESSOR_FIELD 36

struct sleeper {
    int32_t tid, call;
    int64_t since;
    int64_t switches;
};

_Static_assert(sizeof(struct sleeper) == FP_SLEEPER_SIZE, "the layout that shim_copies.h states");

/* What has to be added to a processor's clock for CLOCK_MONOTONIC. */
struct processor_clock {
    int64_t offset, read_at; /* nanoseconds */
};

static struct processor_clock clocks[CPU_SETSIZE];

/* Reads a small file of a thread; 0: it cannot be read. */
static int read_text(pid_t pid, pid_t tid, const char *file, char *text, size_t size) {
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/task/%d/%s", pid, tid, file);
    const int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return 0;
    const ssize_t got = read(descriptor, text, size - 1);
    close(descriptor);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* The number behind the colon of a line of /proc/PID/sched; what follows a point is nanoseconds of a
 * millisecond. */
static int find_number(const char *text, const char *name, int64_t *number) {
    const char *line = strstr(text, name);
    const char *colon = line ? strchr(line, ':') : NULL;
    char *end;
    if (colon == NULL)
        return 0;
    *number = strtoll(colon + 1, &end, 10);
    if (*end == '.')
        *number = *number * 1000000 + strtoll(end + 1, NULL, 10);
    return 1;
}

/* By its processor's clock; and how often it has given up the processor by itself. */
static int read_scheduling(pid_t pid, pid_t tid, int64_t *accounted, int64_t *switches) {
    char text[4096];
    return read_text(pid, tid, "sched", text, sizeof text) && find_number(text, "se.exec_start", accounted) &&
           find_number(text, "nr_voluntary_switches", switches);
}

static int find_processor(pid_t pid, pid_t tid) {
    char text[1024];
    const char *at = read_text(pid, tid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    for (int field = 0; at != NULL && field <= PROCESSOR_FIELD; field++)
        at = strchr(at + 1, ' ');
    return at == NULL ? -1 : (int)strtol(at, NULL, 10);
}

/*
 * Waking up on a processor, this thread is accounted for by its clock. That it may be again before that is
 * read, by a tick or after another thread had its turn, so the time is not known more closely than the
 * reading took. It is told late: no call is to end before its time.
 */
static int64_t read_clock_once(struct processor_clock *clock) {
    const struct timespec shortly = {0, 1};
    int64_t accounted, switches;
    clock_nanosleep(CLOCK_MONOTONIC, 0, &shortly, NULL);
    const int64_t before = fp_monotonic();
    if (!read_scheduling(getpid(), (pid_t)syscall(SYS_gettid), &accounted, &switches) || accounted == 0)
        return NEVER;
    const int64_t after = fp_monotonic();
    *clock = (struct processor_clock){.offset = after - accounted, .read_at = after};
    return after - before;
}

static int read_clock(int processor) {
    struct processor_clock clock = {0};
    cpu_set_t before, one;
    int64_t best = NEVER;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    if (sched_getaffinity(0, sizeof before, &before) != 0 || sched_setaffinity(0, sizeof one, &one) != 0)
        return 0;
    for (int i = 0; i < READINGS && best > CLOSE; i++) {
        const int64_t took = read_clock_once(&clock);
        if (took < best)
            clocks[processor] = clock;
        best = took < best ? took : best;
    }
    sched_setaffinity(0, sizeof before, &before);
    return best != NEVER;
}

/*
 * Where a processor's clock stands beside CLOCK_MONOTONIC, as read not before `since`; 0: that is not known.
 * What interrupts and a hypervisor have taken of the processor since a thread fell asleep makes it seem to
 * have slept for less.
 */
static int find_offset(int processor, int64_t since, int64_t *offset) {
    if (processor < 0 || processor >= CPU_SETSIZE)
        return 0;
    const struct processor_clock *clock = &clocks[processor];
    if (clock->read_at < since && !read_clock(processor))
        return 0;
    *offset = clock->offset;
    return 1;
}

/* Whether a call has a time-out that runs from its beginning on and that can be carried on: by the kernel
 * (restart_block), or by its argument. */
static int has_timeout(int number, const uint64_t arguments[6]) {
    switch (number) {
    case SYS_poll:
        return (int32_t)arguments[2] > 0;
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
        return (int32_t)arguments[3] > 0;
    case SYS_nanosleep:
        return 1;
    case SYS_clock_nanosleep:
        return !((int32_t)arguments[1] & TIMER_ABSTIME);
    case SYS_futex:
        return ((int32_t)arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT && arguments[3] != 0;
    default:
        return 0;
    }
}

/* The call that a thread sleeps in, if it has a time-out; else -1. */
static int find_call(pid_t pid, pid_t tid) {
    char text[256];
    uint64_t arguments[6] = {0};
    if (!read_text(pid, tid, "syscall", text, sizeof text))
        return -1;
    /* "running", or a number and seven or more of 0x... */
    char *at;
    const long number = strtol(text, &at, 10);
    if (at == text)
        return -1;
    for (int i = 0; i < 6; i++)
        arguments[i] = strtoull(at, &at, 16);
    return has_timeout((int)number, arguments) ? (int)number : -1;
}

FP_EXPORT int64_t fp_find_sleepers(int32_t pid, uint8_t *records, int32_t count) {
    const int64_t since = fp_monotonic();
    int64_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        struct sleeper *sleeper = (struct sleeper *)(void *)(records + (size_t)i * sizeof *sleeper);
        int64_t accounted, offset;
        sleeper->call = find_call(pid, sleeper->tid);
        if (sleeper->call < 0)
            continue;
        if (!read_scheduling(pid, sleeper->tid, &accounted, &sleeper->switches) || accounted == 0 ||
            !find_offset(find_processor(pid, sleeper->tid), since, &offset)) {
            sleeper->call = -1;
            continue;
        }
        sleeper->since = accounted + offset;
        found++;
    }
    return found;
}

FP_EXPORT int64_t fp_confirm_sleepers(int32_t pid, uint8_t *records, int32_t count) {
    int64_t confirmed = 0;
    for (int32_t i = 0; i < count; i++) {
        struct sleeper *sleeper = (struct sleeper *)(void *)(records + (size_t)i * sizeof *sleeper);
        int64_t accounted, switches;
        /* The stop itself is one more. */
        if (sleeper->call >= 0 &&
            (!read_scheduling(pid, sleeper->tid, &accounted, &switches) || switches != sleeper->switches + 1))
            sleeper->call = -1;
        confirmed += sleeper->call >= 0;
    }
    return confirmed;
}
