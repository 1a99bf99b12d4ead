/* Which files an epoll set watches, and which processes share files and memory (kcmp(2)). */
#include "outside.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

FP_EXPORT int64_t fp_shares_memory(int32_t pid, int32_t other) {
    long result = syscall(SYS_kcmp, pid, other, KCMP_VM, 0, 0);
    return result < 0 ? -errno : result == 0;
}

FP_EXPORT int64_t fp_match_files(int32_t pid, const uint8_t *fds, int32_t count, int32_t holder,
                                 const uint8_t *others, int32_t other_count, uint8_t *places) {
    for (int32_t i = 0; i < count; i++) {
        int32_t fd, other, place = 0;
        memcpy(&fd, fds + (size_t)i * sizeof fd, sizeof fd);
        for (; place < other_count; place++) {
            memcpy(&other, others + (size_t)place * sizeof other, sizeof other);
            if (syscall(SYS_kcmp, pid, holder, KCMP_FILE, fd, other) == 0)
                break;
        }
        place = place < other_count ? place : -1;
        memcpy(places + (size_t)i * sizeof place, &place, sizeof place);
    }
    return 0;
}

FP_EXPORT int64_t fp_epoll_compare(int32_t pid, int32_t set, int32_t holder, uint8_t *entries,
                                   int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        int32_t entry[3];
        uint8_t *at = entries + (size_t)i * sizeof entry;
        memcpy(entry, at, sizeof entry);
        struct kcmp_epoll_slot slot = {
            .efd = (uint32_t)set, .tfd = (uint32_t)entry[0], .toff = (uint32_t)entry[1]};
        long result = syscall(SYS_kcmp, holder, pid, KCMP_EPOLL_TFD, entry[0], &slot);
        entry[2] = result == 0 ? 0 : result < 0 ? -errno : 1;
        memcpy(at, entry, sizeof entry);
    }
    return 0;
}
