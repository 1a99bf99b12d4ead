/* How the kernel shares out processors and disks to the threads of a process, read and set from outside. */
#include "shim.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define IOPRIO_WHO_PROCESS 1

/* struct sched_attr of sched_setattr(2), as far as every kernel has it. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

struct schedule {
    int32_t tid;
    int32_t result;
    struct attributes attributes;
    int32_t io_priority;
    uint32_t mask_size;
    uint8_t mask[FP_CPU_MASK_SIZE];
};

_Static_assert(sizeof(struct schedule) == FP_SCHEDULE_SIZE, "the layout that shim_copies.h states");

static int64_t read_one(struct schedule *schedule) {
    memset(schedule->mask, 0, sizeof schedule->mask);
    if (syscall(SYS_sched_getattr, schedule->tid, &schedule->attributes, sizeof schedule->attributes, 0) != 0)
        return -errno;
    long size = syscall(SYS_sched_getaffinity, schedule->tid, sizeof schedule->mask, schedule->mask);
    if (size < 0)
        return -errno;
    long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, schedule->tid);
    if (priority < 0)
        return -errno;
    schedule->mask_size = (uint32_t)size;
    schedule->io_priority = (int32_t)priority;
    return 0;
}

int fp_is_reset_on_fork(pid_t tid) {
    struct attributes attributes;
    return syscall(SYS_sched_getattr, tid, &attributes, sizeof attributes, 0) != 0 || attributes.flags & 1;
}

static int64_t set_one(const struct schedule *schedule) {
    int64_t result = 0;
    const struct attributes *attributes = &schedule->attributes;
    if (syscall(SYS_sched_setaffinity, schedule->tid, schedule->mask_size, schedule->mask) != 0)
        result = -errno;
    if (syscall(SYS_sched_setattr, schedule->tid, attributes, 0) != 0 && result == 0)
        result = -errno;
    if (syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, schedule->tid, schedule->io_priority) != 0 && result == 0)
        result = -errno;
    return result;
}

/* Whether they differ in what is behind the result. */
static int differ(const struct schedule *one, const struct schedule *other) {
    const size_t head = offsetof(struct schedule, attributes);
    return memcmp((const uint8_t *)one + head, (const uint8_t *)other + head, sizeof *one - head) != 0;
}

FP_EXPORT int64_t fp_read_schedules(uint8_t *schedules, int32_t count, int32_t like) {
    struct schedule schedule, usual;
    int64_t differing = 0;
    if (like < 0 || like >= count)
        return -EINVAL;
    memcpy(&usual, schedules + (size_t)like * sizeof usual, sizeof usual);
    int64_t result = read_one(&usual);
    for (int32_t i = 0; i < count && result == 0; i++) {
        memcpy(&schedule, schedules + (size_t)i * sizeof schedule, sizeof schedule);
        result = read_one(&schedule);
        schedule.result = differ(&schedule, &usual);
        differing += schedule.result;
        memcpy(schedules + (size_t)i * sizeof schedule, &schedule, sizeof schedule);
    }
    return result != 0 ? result : differing;
}

FP_EXPORT int64_t fp_set_schedules(uint8_t *schedules, int32_t count) {
    int64_t failed = 0;
    for (int32_t i = 0; i < count; i++) {
        struct schedule schedule;
        memcpy(&schedule, schedules + (size_t)i * sizeof schedule, sizeof schedule);
        schedule.result = (int32_t)set_one(&schedule);
        failed += schedule.result != 0;
        memcpy(schedules + (size_t)i * sizeof schedule, &schedule, sizeof schedule);
    }
    return failed;
}
