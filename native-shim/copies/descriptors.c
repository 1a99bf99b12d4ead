/* A process's descriptors, looked at and moved by the process itself. */
#include "freeze.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* At once: what the scratch memory holds. */
#define AT_ONCE 256
#define SPARE_LIMIT 16
/* Numbers that are asked for one after the other. */
#define DENSE 1024

FP_EXPORT int64_t fp_pidfd_open(int32_t pid) {
    long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

/* Whether so many numbers are free below the limit: by the size of /proc/self/fd since Linux 6.2 (proc(5)).
 */
static int is_far_from_limit(int32_t count) {
    struct rlimit limit;
    struct stat status;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && stat("/proc/self/fd", &status) == 0 &&
           status.st_size > 0 && (rlim_t)(status.st_size + count) <= limit.rlim_cur;
}

FP_EXPORT int64_t fp_have_descriptors(int32_t count) {
    int spare[SPARE_LIMIT];
    int had = 0, error = 0;
    if (is_far_from_limit(count))
        count = count > 0; /* also the system has a limit */
    while (had < count && had < SPARE_LIMIT && error == 0) {
        spare[had] = had == 0 ? eventfd(0, EFD_CLOEXEC) : fcntl(spare[0], F_DUPFD_CLOEXEC, 0);
        if (spare[had] < 0)
            error = -errno;
        else
            had++;
    }
    while (had > 0)
        close(spare[--had]);
    return error;
}

/*
 * The size of /proc/PID/fd since Linux 6.2 (proc(5)). A program's descriptors mostly have the lowest numbers
 * there are; when there are many, or none can be told, the directory is read.
 */
void fp_count_descriptors(pid_t pid, int32_t *open, int32_t *limit) {
    char name[32];
    struct stat status;
    snprintf(name, sizeof name, "/proc/%d/fd", pid);
    *open = stat(name, &status) == 0 ? (int32_t)status.st_size : 0;
    *limit = DENSE;
    if (*open > 0 && *open < DENSE / 2)
        return;
    *open = *limit = 0;
    DIR *directory = opendir(name);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.') {
            const int32_t number = (int32_t)strtol(entry->d_name, NULL, 10);
            *limit = number >= *limit ? number + 1 : *limit;
            ++*open;
        }
    if (directory)
        closedir(directory);
}

/* Up to `capacity` descriptors from `first` on. Gives their number. */
static int64_t list_some(pid_t tid, const uint8_t *site, int32_t first, int32_t limit, uint8_t *records,
                         int32_t capacity) {
    struct fp_area area;
    struct fp_site place;
    struct {
        uint64_t call[8];
        struct stat status;
        uint8_t records[AT_ONCE * FP_DESCRIPTOR_SIZE];
    } payload = {.call = {FP_DO_LIST}};
    memcpy(&place, site, sizeof place);
    const size_t head = offsetof(__typeof__(payload), records);
    const size_t size = head + (size_t)capacity * FP_DESCRIPTOR_SIZE;
    const uint64_t base = place.scratch + FP_AREA_HEAD;
    const uint64_t words[5] = {base + head, (uint64_t)first, (uint64_t)limit, base + size,
                               base + offsetof(__typeof__(payload), status)};
    memcpy(payload.call + 1, words, sizeof words);
    int64_t result = fp_area_open(&area, site, &payload, size);
    if (result != 0)
        return result;
    struct user_regs_struct registers = {.r12 = base, .r13 = 1};
    result = fp_remote_run(tid, &area, fp_agent_calls, &registers);
    if (result == 0)
        result = fp_area_read(&area, &payload, size);
    int closed = fp_area_close(&area);
    if (result != 0 || closed != 0)
        return result != 0 ? result : closed;
    int64_t found = (int64_t)((payload.call[7] - words[0]) / FP_DESCRIPTOR_SIZE);
    memcpy(records, payload.records, (size_t)found * FP_DESCRIPTOR_SIZE);
    return found;
}

FP_EXPORT int64_t fp_list_descriptors(int32_t tid, const uint8_t *site, int32_t first, int32_t limit,
                                      uint8_t *records, int32_t capacity) {
    int64_t count = 0;
    while (count < capacity) {
        int32_t some = capacity - (int32_t)count < AT_ONCE ? capacity - (int32_t)count : AT_ONCE;
        uint8_t *next = records + count * FP_DESCRIPTOR_SIZE;
        int64_t found = list_some(tid, site, first, limit, next, some);
        if (found < 0)
            return found;
        count += found;
        if (found < some)
            break;
        uint32_t last;
        memcpy(&last, next + (found - 1) * FP_DESCRIPTOR_SIZE, sizeof last);
        first = (int32_t)last + 1;
    }
    return count;
}

FP_EXPORT int64_t fp_set_offsets(int32_t tid, const uint8_t *site, const uint8_t *records, int32_t count) {
    for (int32_t at = 0; at < count; at += AT_ONCE) {
        struct fp_area area;
        struct fp_site place;
        uint8_t payload[64 + AT_ONCE * FP_DESCRIPTOR_SIZE];
        const int32_t some = count - at < AT_ONCE ? count - at : AT_ONCE;
        memcpy(&place, site, sizeof place);
        const uint64_t base = place.scratch + FP_AREA_HEAD;
        const uint64_t call[8] = {FP_DO_SEEK, base + sizeof call, (uint64_t)some};
        memcpy(payload, call, sizeof call);
        memcpy(payload + sizeof call, records + (size_t)at * FP_DESCRIPTOR_SIZE,
               (size_t)some * FP_DESCRIPTOR_SIZE);
        int result = fp_area_open(&area, site, payload, sizeof call + (size_t)some * FP_DESCRIPTOR_SIZE);
        if (result != 0)
            return result;
        struct user_regs_struct registers = {.r12 = base, .r13 = 1};
        result = fp_remote_run(tid, &area, fp_agent_calls, &registers);
        int closed = fp_area_close(&area);
        if (result != 0 || closed != 0)
            return result != 0 ? result : closed;
    }
    return 0;
}
