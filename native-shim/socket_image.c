/* Sockets that no peer holds, looked at and opened anew: their addresses, how long their queues, their
 * options. */
#include "outside.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Those that can be read and set (socket(7), ip(7), ipv6(7), tcp(7), udp(7)); what fp_end has is not among
 * them. */
static const struct {
    int level, name;
} options[FP_SOCKET_OPTIONS] = {
    {SOL_SOCKET, SO_REUSEADDR},
    {SOL_SOCKET, SO_REUSEPORT},
    {SOL_SOCKET, SO_BROADCAST},
    {SOL_SOCKET, SO_KEEPALIVE},
    {SOL_SOCKET, SO_OOBINLINE},
    {SOL_SOCKET, SO_MARK},
    {SOL_SOCKET, SO_DONTROUTE},
    {SOL_SOCKET, SO_LINGER},
    {SOL_SOCKET, SO_PASSSEC},
    {SOL_SOCKET, SO_TIMESTAMP},
    {SOL_SOCKET, SO_TIMESTAMPNS},
    {SOL_SOCKET, SO_TIMESTAMPING},
    {SOL_SOCKET, SO_RXQ_OVFL},
    {SOL_SOCKET, SO_BINDTODEVICE},
    {SOL_SOCKET, SO_BUSY_POLL},
    {SOL_SOCKET, SO_MAX_PACING_RATE},
    {SOL_SOCKET, SO_ZEROCOPY},
    {IPPROTO_IP, IP_TOS},
    {IPPROTO_IP, IP_TTL},
    {IPPROTO_IP, IP_FREEBIND},
    {IPPROTO_IP, IP_TRANSPARENT},
    {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
    {IPPROTO_IP, IP_PKTINFO},
    {IPPROTO_IP, IP_RECVTTL},
    {IPPROTO_IP, IP_RECVTOS},
    {IPPROTO_IP, IP_RECVERR},
    {IPPROTO_IP, IP_RECVORIGDSTADDR},
    {IPPROTO_IP, IP_MTU_DISCOVER},
    {IPPROTO_IP, IP_MULTICAST_TTL},
    {IPPROTO_IP, IP_MULTICAST_LOOP},
    {IPPROTO_IP, IP_MULTICAST_IF},
    {IPPROTO_IP, IP_MULTICAST_ALL},
    {IPPROTO_IPV6, IPV6_V6ONLY},
    {IPPROTO_IPV6, IPV6_UNICAST_HOPS},
    {IPPROTO_IPV6, IPV6_TCLASS},
    {IPPROTO_IPV6, IPV6_RECVPKTINFO},
    {IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
    {IPPROTO_IPV6, IPV6_RECVTCLASS},
    {IPPROTO_IPV6, IPV6_RECVERR},
    {IPPROTO_IPV6, IPV6_MTU_DISCOVER},
    {IPPROTO_IPV6, IPV6_DONTFRAG},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS},
    {IPPROTO_IPV6, IPV6_MULTICAST_LOOP},
    {IPPROTO_IPV6, IPV6_MULTICAST_IF},
    {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, TCP_KEEPIDLE},
    {IPPROTO_TCP, TCP_KEEPINTVL},
    {IPPROTO_TCP, TCP_KEEPCNT},
    {IPPROTO_TCP, TCP_SYNCNT},
    {IPPROTO_TCP, TCP_LINGER2},
    {IPPROTO_TCP, TCP_DEFER_ACCEPT},
    {IPPROTO_TCP, TCP_USER_TIMEOUT},
    {IPPROTO_TCP, TCP_CONGESTION},
    {IPPROTO_TCP, TCP_FASTOPEN},
    {IPPROTO_TCP, TCP_FASTOPEN_CONNECT},
    {IPPROTO_TCP, TCP_NOTSENT_LOWAT},
    /* Behind IP_TOS, which sets it. */
    {SOL_SOCKET, SO_PRIORITY},
};

static int number_of(int fd, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

static int has_level(const struct fp_socket_image *image, int level) {
    if (level == SOL_SOCKET)
        return 1;
    if (level == IPPROTO_TCP)
        return image->protocol == IPPROTO_TCP;
    /* What goes through an IPv6 socket to an IPv4 address has the options of that. */
    return level == IPPROTO_IP ? image->domain != AF_UNIX : image->domain == AF_INET6;
}

static void read_values(int fd, struct fp_socket_image *image) {
    for (int i = 0; i < FP_SOCKET_OPTIONS; i++) {
        struct fp_socket_value *value = &image->values[i];
        socklen_t size = sizeof value->bytes;
        const int has = has_level(image, options[i].level) &&
                        getsockopt(fd, options[i].level, options[i].name, value->bytes, &size) == 0;
        value->size = has ? (int32_t)size : -1;
    }
}

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

/* A filter cannot be set again as it is, or not be read at all (socket(7), SO_ATTACH_FILTER, SO_ATTACH_BPF).
 */
static int has_filter(int fd) {
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
    if (has_path(image) || has_filter(fd))
        return FP_SOCKET_OTHER;
    if (image->domain != AF_UNIX && image->domain != AF_INET && image->domain != AF_INET6)
        return FP_SOCKET_OTHER;
    if (image->protocol == IPPROTO_TCP && image->type == SOCK_STREAM)
        return tcp_state(fd, image);
    if (image->type == SOCK_DGRAM && (image->protocol == IPPROTO_UDP || image->domain == AF_UNIX))
        return datagram_state(image);
    if (image->domain != AF_UNIX || image->sizes[1] > 0)
        return FP_SOCKET_OTHER;
    if (number_of(fd, SO_ACCEPTCONN) > 0) {
        image->backlog = unix_backlog(fd);
        return FP_SOCKET_LISTENING;
    }
    return is_named(image) ? FP_SOCKET_BOUND : FP_SOCKET_UNBOUND;
}

static void read_image(int fd, struct fp_socket_image *image) {
    struct sockaddr *const own = (struct sockaddr *)&image->names[0];
    struct sockaddr *const peer = (struct sockaddr *)&image->names[1];
    socklen_t size = sizeof image->names[0];
    image->domain = number_of(fd, SO_DOMAIN);
    image->type = number_of(fd, SO_TYPE);
    image->protocol = number_of(fd, SO_PROTOCOL);
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
            read_image(fd, &image);
            if (image.state != FP_SOCKET_OTHER)
                read_values(fd, &image);
            close(fd);
        }
        memcpy(images + (size_t)i * sizeof image, &image, sizeof image);
    }
    close((int)pidfd);
    return 0;
}

FP_EXPORT int64_t fp_is_like(int32_t fd, const uint8_t *image) {
    struct fp_socket_image was, is = {0};
    memcpy(&was, image, sizeof was);
    read_image(fd, &is);
    return is.state == was.state && is.sizes[0] == was.sizes[0] && is.sizes[1] == was.sizes[1] &&
           memcmp(is.names, was.names, sizeof is.names) == 0;
}

static int set_values(int fd, const struct fp_socket_image *image) {
    int result = 0;
    for (int i = 0; i < FP_SOCKET_OPTIONS; i++) {
        const struct fp_socket_value *value = &image->values[i];
        uint8_t now[sizeof value->bytes];
        socklen_t size = sizeof now;
        if (value->size < 0 || (getsockopt(fd, options[i].level, options[i].name, now, &size) == 0 &&
                                size == (socklen_t)value->size && memcmp(now, value->bytes, size) == 0))
            continue;
        if (setsockopt(fd, options[i].level, options[i].name, value->bytes, (socklen_t)value->size) != 0 &&
            result == 0)
            result = -errno;
    }
    return result;
}

/* What the program's connections leave behind for a while keeps the address from nobody meanwhile. */
static int bind_again(int fd, const struct fp_socket_image *image) {
    const struct sockaddr *own = (const struct sockaddr *)&image->names[0];
    const int one = 1, was = number_of(fd, SO_REUSEADDR);
    int result = 0;
    if (image->state == FP_SOCKET_UNBOUND)
        return 0;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, own, (socklen_t)image->sizes[0]) != 0)
        result = -errno;
    if (result == 0 && image->state == FP_SOCKET_LISTENING && listen(fd, image->backlog) != 0)
        result = -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &was, sizeof was);
    return result;
}

int fp_make_socket(const struct fp_socket_image *image, int *fd) {
    *fd = socket(image->domain, image->type | SOCK_CLOEXEC, image->protocol);
    if (*fd < 0)
        return -errno;
    int refused = set_values(*fd, image);
    int result = bind_again(*fd, image);
    if (result == 0 && image->state == FP_SOCKET_CONNECTED &&
        connect(*fd, (const struct sockaddr *)&image->names[1], (socklen_t)image->sizes[1]) != 0)
        result = -errno;
    return result != 0 ? result : refused;
}
