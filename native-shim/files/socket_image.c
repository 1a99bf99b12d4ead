/* Sockets without a connection, looked at: what is to be known to open others like them. */
#include "outside.h"

#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* How long the queue of a listening Unix socket is; of others that is in struct tcp_info. */
static int32_t unix_backlog(int fd) {
    struct stat status;
    struct unix_diag_rqlen length = {.udiag_wqueue = SOMAXCONN};
    int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (diag < 0)
        return SOMAXCONN;
    if (fstat(fd, &status) == 0)
        fp_ask_of_unix(diag, status.st_ino, UDIAG_SHOW_RQLEN, UNIX_DIAG_RQLEN, &length, sizeof length);
    close(diag);
    return (int32_t)length.udiag_wqueue;
}

/* Whether it has a name of its own, and one that goes with the socket: a file's stays. */
static int is_named(const struct fp_socket_image *image) {
    const struct sockaddr_storage *name = &image->names[0];
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    switch (name->ss_family) {
    case AF_INET:
        memcpy(&in, name, sizeof in);
        return in.sin_port != 0 || in.sin_addr.s_addr != 0;
    case AF_INET6:
        memcpy(&in6, name, sizeof in6);
        return in6.sin6_port != 0 || !IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
    default:
        return image->sizes[0] > (int32_t)offsetof(struct sockaddr_un, sun_path);
    }
}

static int has_path(const struct fp_socket_image *image) {
    struct sockaddr_un name;
    memcpy(&name, &image->names[0], sizeof name);
    return image->domain == AF_UNIX && is_named(image) && name.sun_path[0] != 0;
}

/* It cannot be set again as it is, or not be read at all (socket(7), SO_ATTACH_FILTER, SO_ATTACH_BPF). */
int fp_has_filter(int fd) {
    socklen_t count = 0;
    return getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &count) != 0 || count != 0;
}

static int32_t tcp_state(int fd, struct fp_socket_image *image) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return FP_SOCKET_OTHER;
    /* Of a listening one (net/ipv4/tcp.c, tcp_get_info): what was given to listen(2). */
    image->backlog = (int32_t)info.tcpi_sacked;
    if (info.tcpi_state == TCP_LISTEN)
        return FP_SOCKET_LISTENING;
    if (info.tcpi_state == TCP_SYN_SENT || info.tcpi_state == TCP_SYN_RECV)
        return FP_SOCKET_CONNECTING;
    if (info.tcpi_state != TCP_CLOSE)
        return FP_SOCKET_OTHER;
    return is_named(image) ? FP_SOCKET_BOUND : FP_SOCKET_UNBOUND;
}

static int32_t datagram_state(const struct fp_socket_image *image) {
    if (image->sizes[1] > 0)
        return image->domain == AF_UNIX ? FP_SOCKET_OTHER : FP_SOCKET_CONNECTED;
    return is_named(image) ? FP_SOCKET_BOUND : FP_SOCKET_UNBOUND;
}

static int32_t state_of(int fd, struct fp_socket_image *image) {
    if (has_path(image) || fp_has_filter(fd))
        return FP_SOCKET_OTHER;
    if (image->domain != AF_UNIX && image->domain != AF_INET && image->domain != AF_INET6)
        return FP_SOCKET_OTHER;
    if (fp_is_tcp(image) && image->type == SOCK_STREAM)
        return tcp_state(fd, image);
    if (image->type == SOCK_DGRAM && (image->protocol == IPPROTO_UDP || image->domain == AF_UNIX))
        return datagram_state(image);
    if (image->domain != AF_UNIX || image->sizes[1] > 0)
        return FP_SOCKET_OTHER;
    if (fp_socket_number(fd, SO_ACCEPTCONN) > 0) {
        image->backlog = unix_backlog(fd);
        return FP_SOCKET_LISTENING;
    }
    return is_named(image) ? FP_SOCKET_BOUND : FP_SOCKET_UNBOUND;
}

void fp_read_image(int fd, struct fp_socket_image *image) {
    struct stat status;
    image->user = fstat(fd, &status) == 0 ? status.st_uid : 0;
    struct sockaddr *const own = (struct sockaddr *)&image->names[0];
    struct sockaddr *const peer = (struct sockaddr *)&image->names[1];
    socklen_t size = sizeof image->names[0];
    image->domain = fp_socket_number(fd, SO_DOMAIN);
    image->type = fp_socket_number(fd, SO_TYPE);
    image->protocol = fp_socket_number(fd, SO_PROTOCOL);
    image->sizes[0] = getsockname(fd, own, &size) == 0 ? (int32_t)size : 0;
    size = sizeof image->names[1];
    image->sizes[1] = getpeername(fd, peer, &size) == 0 ? (int32_t)size : 0;
    image->state = state_of(fd, image);
}

FP_EXPORT int64_t fp_read_socket_images(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *images) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    for (int32_t i = 0; i < count; i++) {
        struct fp_socket_image image = {0};
        int32_t number;
        memcpy(&number, fds + (size_t)i * sizeof number, sizeof number);
        int fd = fp_take_fd((int)pidfd, number);
        if (fd >= 0) {
            fp_read_image(fd, &image);
            if (image.state != FP_SOCKET_OTHER)
                fp_read_socket_values(fd, &image);
            close(fd);
        }
        memcpy(images + (size_t)i * sizeof image, &image, sizeof image);
    }
    close((int)pidfd);
    return 0;
}

static int is_like(int fd, const struct fp_socket_image *was) {
    struct fp_socket_image is = {0};
    fp_read_image(fd, &is);
    return is.state == was->state && is.type == was->type && is.protocol == was->protocol &&
           is.sizes[0] == was->sizes[0] && is.sizes[1] == was->sizes[1] &&
           memcmp(is.names, was->names, sizeof is.names) == 0;
}

FP_EXPORT int64_t fp_is_like(int32_t fd, const uint8_t *bytes) {
    struct fp_socket_image image;
    memcpy(&image, bytes, sizeof image);
    return is_like(fd, &image);
}

static int is_among(ino_t inode, const uint8_t *fds, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        struct stat status;
        int32_t fd;
        memcpy(&fd, fds + (size_t)i * sizeof fd, sizeof fd);
        if (fstat(fd, &status) == 0 && status.st_ino == inode)
            return 1;
    }
    return 0;
}

/* The next of a process's sockets, taken into this one; -1: there is no more. */
static int next_socket(int pidfd, DIR *folder, struct stat *status) {
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL)
        if (entry->d_name[0] != '.' && fstatat(dirfd(folder), entry->d_name, status, 0) == 0 &&
            S_ISSOCK(status->st_mode)) {
            int fd = fp_take_fd(pidfd, atoi(entry->d_name));
            if (fd >= 0)
                return fd;
        }
    return -1;
}

static DIR *open_descriptors(pid_t pid) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    return opendir(path);
}

FP_EXPORT int64_t fp_take_like(int32_t pid, const uint8_t *bytes, const uint8_t *others, int32_t count) {
    struct fp_socket_image image;
    struct stat status;
    int64_t found = -ENOENT, pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    memcpy(&image, bytes, sizeof image);
    DIR *folder = open_descriptors(pid);
    for (int fd; folder != NULL && found < 0 && (fd = next_socket((int)pidfd, folder, &status)) >= 0;) {
        if (!is_among(status.st_ino, others, count) && is_like(fd, &image))
            found = fd;
        else
            close(fd);
    }
    if (folder != NULL)
        closedir(folder);
    close((int)pidfd);
    return found;
}

FP_EXPORT int64_t fp_reuse_addresses(int32_t pid) {
    struct stat status;
    const int one = 1;
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    DIR *folder = open_descriptors(pid);
    for (int fd; folder != NULL && (fd = next_socket((int)pidfd, folder, &status)) >= 0; close(fd))
        if (fp_socket_number(fd, SO_TYPE) == SOCK_STREAM && fp_socket_number(fd, SO_DOMAIN) != AF_UNIX)
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (folder != NULL)
        closedir(folder);
    close((int)pidfd);
    return 0;
}

FP_EXPORT int64_t fp_swap_reuse(int32_t fd, int32_t value) {
    const int was = fp_socket_number(fd, SO_REUSEADDR);
    if (was >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value) != 0)
        return -errno;
    return was;
}
