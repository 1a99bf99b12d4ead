/* Locks that belong to open files and not to processes. */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int release(int fd) {
    struct flock all = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    int result = flock(fd, LOCK_UN) == 0 ? 0 : -errno;
    return fcntl(fd, F_OFD_SETLK, &all) != 0 && result == 0 ? -errno : result;
}

FP_EXPORT int64_t fp_release_locks(int32_t pid, const uint8_t *fds, int32_t count) {
    int64_t first = 0;
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    for (int32_t i = 0; i < count; i++) {
        int32_t number;
        memcpy(&number, fds + (size_t)i * sizeof number, sizeof number);
        int fd = fp_take_fd((int)pidfd, number);
        int64_t result = fd < 0 ? fd : release(fd);
        if (fd >= 0)
            close(fd);
        first = first != 0 ? first : result;
    }
    close((int)pidfd);
    return first;
}
