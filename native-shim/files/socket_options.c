/* Options of sockets, as they are kept for one like another. */
#include "outside.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>

/* asm-generic/socket.h, linux/in.h: newer than the headers may be. */
#define PASS_PIDFD 76
#define LOCAL_PORT_RANGE 51

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
    {SOL_SOCKET, SO_INCOMING_CPU},
    {SOL_SOCKET, SO_SELECT_ERR_QUEUE},
    {SOL_SOCKET, SO_PEEK_OFF},
    {SOL_SOCKET, PASS_PIDFD},
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
    {IPPROTO_IP, IP_MINTTL},
    {IPPROTO_IP, IP_RECVOPTS},
    {IPPROTO_IP, IP_UNICAST_IF},
    {IPPROTO_IP, LOCAL_PORT_RANGE},
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
    {IPPROTO_IPV6, IPV6_MULTICAST_ALL},
    {IPPROTO_IPV6, IPV6_RECVORIGDSTADDR},
    {IPPROTO_IPV6, IPV6_MINHOPCOUNT},
    {IPPROTO_IPV6, IPV6_AUTOFLOWLABEL},
    {IPPROTO_TCP, TCP_NODELAY},
    {IPPROTO_TCP, TCP_CORK},
    {IPPROTO_TCP, TCP_MAXSEG},
    {IPPROTO_TCP, TCP_WINDOW_CLAMP},
    {IPPROTO_TCP, TCP_SAVE_SYN},
    {IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS},
    {IPPROTO_TCP, TCP_INQ},
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
    {IPPROTO_UDP, UDP_CORK},
    {IPPROTO_UDP, UDP_SEGMENT},
    {IPPROTO_UDP, UDP_GRO},
    /* Behind IP_TOS, which sets it. */
    {SOL_SOCKET, SO_PRIORITY},
};

int fp_is_tcp(const struct fp_socket_image *image) {
    return image->protocol == IPPROTO_TCP || image->protocol == FP_MPTCP;
}

static int has_level(const struct fp_socket_image *image, int level) {
    if (level == SOL_SOCKET)
        return 1;
    if (level == IPPROTO_TCP)
        return fp_is_tcp(image);
    if (level == IPPROTO_UDP)
        return image->protocol == IPPROTO_UDP;
    /* What goes through an IPv6 socket to an IPv4 address has the options of that. */
    return level == IPPROTO_IP ? image->domain != AF_UNIX : image->domain == AF_INET6;
}

void fp_read_socket_values(int fd, struct fp_socket_image *image) {
    for (int i = 0; i < FP_SOCKET_OPTIONS; i++) {
        struct fp_socket_value *value = &image->values[i];
        socklen_t size = sizeof value->bytes;
        const int has = has_level(image, options[i].level) &&
                        getsockopt(fd, options[i].level, options[i].name, value->bytes, &size) == 0;
        value->size = has ? (int32_t)size : -1;
    }
}

void fp_leave_socket_value(struct fp_socket_image *image, int level, int name) {
    for (int i = 0; i < FP_SOCKET_OPTIONS; i++)
        if (options[i].level == level && options[i].name == name)
            image->values[i].size = -1;
}

int fp_set_socket_values(int fd, const struct fp_socket_image *image) {
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
