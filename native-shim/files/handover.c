/* Pipes and sockets taken from one process, or made anew, and handed to another. */
#include "outside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define ACCESS(flags) ((flags)&O_ACCMODE)

FP_EXPORT int64_t fp_raise_descriptor_limit(int32_t pid, int32_t more, uint8_t *before) {
    struct rlimit limit;
    if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) != 0)
        return -errno;
    memcpy(before, &limit, sizeof limit);
    struct rlimit raised = {.rlim_cur = limit.rlim_cur + (rlim_t)more, .rlim_max = limit.rlim_max};
    if (raised.rlim_max < raised.rlim_cur)
        raised.rlim_max = raised.rlim_cur;
    if (prlimit(pid, RLIMIT_NOFILE, &raised, NULL) == 0)
        return (int64_t)raised.rlim_cur;
    /* The hard limit is raised by a privilege only. */
    raised = (struct rlimit){.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
    if (prlimit(pid, RLIMIT_NOFILE, &raised, NULL) == 0)
        return (int64_t)raised.rlim_cur;
    return -errno;
}

FP_EXPORT int64_t fp_put_back_descriptor_limit(int32_t pid, const uint8_t *before) {
    struct rlimit limit;
    memcpy(&limit, before, sizeof limit);
    return prlimit(pid, RLIMIT_NOFILE, &limit, NULL) != 0 ? -errno : 0;
}

FP_EXPORT int64_t fp_group_files(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *first) {
    for (int32_t i = 0; i < count; i++) {
        int32_t fd, other, j = 0;
        memcpy(&fd, fds + (size_t)i * sizeof fd, sizeof fd);
        for (; j < i; j++) {
            memcpy(&other, fds + (size_t)j * sizeof other, sizeof other);
            if (syscall(SYS_kcmp, pid, pid, KCMP_FILE, fd, other) == 0)
                break;
        }
        memcpy(first + (size_t)i * sizeof j, &j, sizeof j);
    }
    return 0;
}

/* As fp_take_ends takes and fills it. */
struct wanted {
    uint64_t inode;
    int32_t flags, fd;
};

/* Another end of the same pipe: what is opened is a file of its own. */
static int open_other_end(int fd, int flags) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int other = open(path, ACCESS(flags) | O_NONBLOCK | O_CLOEXEC);
    if (other < 0)
        return -errno;
    fcntl(other, F_SETFL, flags);
    return other;
}

static void take_one(int pidfd, int number, const struct stat *status, struct wanted *wanted, int exact) {
    int fd = fp_take_fd(pidfd, number);
    if (fd < 0)
        return;
    if (!S_ISFIFO(status->st_mode) || ACCESS(fcntl(fd, F_GETFL)) == ACCESS(wanted->flags)) {
        wanted->fd = fd;
        return;
    }
    if (!exact) {
        int other = open_other_end(fd, wanted->flags);
        wanted->fd = other < 0 ? -1 : other;
    }
    close(fd);
}

static void look_through(int pidfd, DIR *folder, struct wanted *wanted, int32_t count, int exact) {
    struct dirent *entry;
    rewinddir(folder);
    while ((entry = readdir(folder)) != NULL) {
        struct stat status;
        if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &status, 0) != 0 ||
            !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
            continue;
        for (int32_t i = 0; i < count; i++)
            if (wanted[i].fd < 0 && wanted[i].inode == status.st_ino)
                take_one(pidfd, atoi(entry->d_name), &status, &wanted[i], exact);
    }
}

FP_EXPORT int64_t fp_take_ends(int32_t pid, uint8_t *records, int32_t count) {
    char path[40];
    struct wanted *wanted = malloc((size_t)count * sizeof *wanted + 1);
    if (wanted == NULL)
        return -ENOMEM;
    memcpy(wanted, records, (size_t)count * sizeof *wanted);
    int64_t pidfd = fp_pidfd_open(pid);
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = pidfd < 0 ? NULL : opendir(path);
    int64_t result = pidfd < 0 ? pidfd : folder == NULL ? -errno : 0;
    /* The very end, before one that is opened by way of the other. */
    for (int exact = 1; folder != NULL && exact >= 0; exact--)
        look_through((int)pidfd, folder, wanted, count, exact);
    if (folder != NULL)
        closedir(folder);
    if (pidfd >= 0)
        close((int)pidfd);
    memcpy(records, wanted, (size_t)count * sizeof *wanted);
    free(wanted);
    return result;
}

static int option(int fd, int name) {
    const int value = fp_socket_number(fd, name);
    return value < 0 ? -1 : value;
}

static void read_time(int fd, int name, int64_t *words) {
    struct timeval time = {0};
    socklen_t size = sizeof time;
    if (getsockopt(fd, SOL_SOCKET, name, &time, &size) == 0) {
        words[0] = time.tv_sec;
        words[1] = time.tv_usec;
    }
}

FP_EXPORT int64_t fp_read_ends(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *states) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    for (int32_t i = 0; i < count; i++) {
        struct fp_end state = {0};
        memcpy(&state.fd, fds + (size_t)i * sizeof state.fd, sizeof state.fd);
        int fd = fp_take_fd((int)pidfd, state.fd);
        state.result = fd < 0 ? fd : 0;
        if (fd >= 0) {
            struct pollfd look = {.fd = fd, .events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP};
            poll(&look, 1, 0);
            state.events = look.revents;
            state.pass_credentials = option(fd, SO_PASSCRED);
            state.send_size = option(fd, SO_SNDBUF);
            state.receive_size = option(fd, SO_RCVBUF);
            state.least = option(fd, SO_RCVLOWAT);
            read_time(fd, SO_RCVTIMEO, state.receive_time);
            read_time(fd, SO_SNDTIMEO, state.send_time);
            close(fd);
        }
        memcpy(states + (size_t)i * sizeof state, &state, sizeof state);
    }
    close((int)pidfd);
    return 0;
}

FP_EXPORT int64_t fp_hand_over(int32_t pid, int32_t number, const uint8_t *fds, int32_t count) {
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(FP_AT_ONCE * sizeof(int))];
    } control = {.head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    char byte = 0;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control};
    if (count > FP_AT_ONCE)
        return -EINVAL;
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int socket = fp_take_fd((int)pidfd, number);
    close((int)pidfd);
    if (socket < 0)
        return socket;
    control.head.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(&control.head), fds, (size_t)count * sizeof(int));
    ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = errno;
    close(socket);
    return sent == 1 ? 0 : -error;
}
