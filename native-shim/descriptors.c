/* A process's descriptors, looked at and moved from outside through pidfd_getfd(2). */
#include "shim.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct record {
    uint32_t descriptor;
    uint32_t mode;
    int64_t offset;
};

FP_EXPORT int64_t fp_pidfd_open(int32_t pid) {
    long fd = syscall(SYS_pidfd_open, pid, 0);
    return fd < 0 ? -errno : fd;
}

static int has_offset(mode_t mode) { return S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode); }

static int64_t list_descriptors(int pidfd, int32_t limit, int32_t expected, uint8_t *records,
                                int32_t capacity) {
    int64_t count = 0;
    for (int32_t fd = 0; fd < limit && count < expected; fd++) {
        struct stat status;
        long own = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
        if (own < 0 && errno == EBADF)
            continue;
        if (own < 0)
            return -errno;
        int known = fstat((int)own, &status) == 0;
        struct record record = {(uint32_t)fd, known ? status.st_mode : 0, -1};
        if (known && has_offset(status.st_mode))
            record.offset = lseek((int)own, 0, SEEK_CUR);
        close((int)own);
        if (count < capacity)
            memcpy(records + count * (int64_t)sizeof record, &record, sizeof record);
        count++;
    }
    return count;
}

FP_EXPORT int64_t fp_list_descriptors(int32_t pid, int32_t limit, int32_t expected, uint8_t *records,
                                      int32_t capacity) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int64_t result = list_descriptors((int)pidfd, limit, expected, records, capacity);
    close((int)pidfd);
    return result;
}

static int64_t set_offsets(int pidfd, const uint8_t *records, int32_t count) {
    int64_t set = 0;
    for (int32_t i = 0; i < count; i++, records += sizeof(struct record)) {
        struct record record;
        memcpy(&record, records, sizeof record);
        long own = record.offset < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, record.descriptor, 0);
        if (own < 0)
            continue;
        set += lseek((int)own, record.offset, SEEK_SET) == record.offset;
        close((int)own);
    }
    return set;
}

FP_EXPORT int64_t fp_set_offsets(int32_t pid, const uint8_t *records, int32_t count) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int64_t result = set_offsets((int)pidfd, records, count);
    close((int)pidfd);
    return result;
}
