/* Who gets the signals of descriptors (fcntl(2), F_SETOWN_EX, F_SETSIG). */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

FP_EXPORT int64_t fp_read_owners(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *owners) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    for (int32_t i = 0; i < count; i++) {
        struct f_owner_ex owner = {0};
        int32_t fd, record[4] = {0};
        memcpy(&fd, fds + (size_t)i * sizeof fd, sizeof fd);
        int taken = fp_take_fd((int)pidfd, fd);
        record[0] = taken < 0 ? taken : fcntl(taken, F_GETOWN_EX, &owner) < 0 ? -errno : 0;
        record[1] = owner.type;
        record[2] = owner.pid;
        record[3] = taken < 0 ? 0 : fcntl(taken, F_GETSIG);
        memcpy(owners + (size_t)i * sizeof record, record, sizeof record);
        if (taken >= 0)
            close(taken);
    }
    close((int)pidfd);
    return 0;
}
