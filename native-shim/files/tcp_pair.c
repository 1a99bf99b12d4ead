/* TCP connections of which both ends are a process's own, looked at. */
#include "outside.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* asm-generic/socket.h: newer than the headers may be. */
#define NETNS_COOKIE 71
#define BUF_LOCK 72

#define NAME_SIZE 18

static const struct {
    int level, name;
} told_only[] = {
    {IPPROTO_TCP, TCP_MAXSEG},           {SOL_SOCKET, SO_INCOMING_CPU}, {IPPROTO_IP, IP_MULTICAST_TTL},
    {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}, {IPPROTO_IPV6, IPV6_V6ONLY},   {IPPROTO_IPV6, IPV6_MULTICAST_IF},
};

/* Both names of a connection, the lesser first, and its network. */
struct key {
    uint64_t network;
    uint8_t names[2][NAME_SIZE];
    int32_t place, swapped;
};

int fp_set_tcp(int fd, int name, int value) {
    return setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value) == 0 ? 0 : -errno;
}

static int read_info(int fd, struct tcp_info *info) {
    socklen_t size = sizeof *info;
    memset(info, 0, sizeof *info);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &size) == 0 ? 0 : -errno;
}

int fp_tcp_state(int fd) {
    struct tcp_info info;
    if (fp_socket_number(fd, SO_PROTOCOL) != IPPROTO_TCP || read_info(fd, &info) != 0)
        return 0;
    switch (info.tcpi_state) {
    case TCP_ESTABLISHED:
    case TCP_FIN_WAIT1:
    case TCP_FIN_WAIT2:
    case TCP_CLOSE_WAIT:
        return info.tcpi_state;
    default:
        return 0;
    }
}

uint32_t fp_tcp_shut(int fd, int state) {
    struct pollfd look = {.fd = fd, .events = POLLRDHUP};
    const int is_at_end = poll(&look, 1, 0) == 1 && (look.revents & POLLRDHUP);
    /* Where its peer has ended what it reads, it cannot be told, and is the same. */
    return (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 ? FP_SHUT_WRITE : 0) |
           (is_at_end && state != TCP_CLOSE_WAIT ? FP_SHUT_READ : 0);
}

/* What goes through an IPv6 socket to an IPv4 address is the same connection. */
static void write_name(const struct sockaddr_storage *name, uint8_t *bytes) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    memcpy(&in, name, sizeof in);
    memcpy(&in6, name, sizeof in6);
    memcpy(bytes, mapped, sizeof mapped);
    memcpy(bytes + 12, &in.sin_addr, 4);
    if (name->ss_family == AF_INET6)
        memcpy(bytes, &in6.sin6_addr, 16);
    memcpy(bytes + 16, name->ss_family == AF_INET6 ? &in6.sin6_port : &in.sin_port, 2);
}

/* There is nothing about it that cannot be had again. */
static int is_plain(int fd, const struct fp_socket_image *image) {
    char protocol[16];
    socklen_t size = sizeof protocol;
    struct pollfd look = {.fd = fd, .events = POLLPRI};
    const int has_layer = getsockopt(fd, IPPROTO_TCP, TCP_ULP, protocol, &size) == 0 && size > 0;
    return image->type == SOCK_STREAM && image->sizes[0] > 0 && image->sizes[1] > 0 && !has_layer &&
           fp_socket_number(fd, SO_PEEK_OFF) < 0 && !fp_has_filter(fd) &&
           (poll(&look, 1, 0) != 1 || !(look.revents & POLLPRI));
}

static void read_key(int fd, const struct fp_socket_image *image, int32_t place, struct key *key) {
    socklen_t size = sizeof key->network;
    memset(key, 0, sizeof *key);
    key->place = place;
    if (getsockopt(fd, SOL_SOCKET, NETNS_COOKIE, &key->network, &size) != 0)
        key->network = 0;
    uint8_t own[NAME_SIZE], peer[NAME_SIZE];
    write_name(&image->names[0], own);
    write_name(&image->names[1], peer);
    key->swapped = memcmp(own, peer, NAME_SIZE) > 0;
    memcpy(key->names[key->swapped], own, NAME_SIZE);
    memcpy(key->names[!key->swapped], peer, NAME_SIZE);
}

static int compare_keys(const void *one, const void *two) {
    return memcmp(one, two, offsetof(struct key, place));
}

/* All of an end that is one of a pair. */
static void read_end(int fd, struct fp_connection_end *end, uint32_t *told) {
    struct tcp_info info;
    const int locks = fp_socket_number(fd, BUF_LOCK), state = fp_tcp_state(fd);
    end->result = state == 0 ? -ENOTCONN : read_info(fd, &info);
    if (end->result != 0)
        return;
    end->shut = fp_tcp_shut(fd, state);
    end->locks = locks < 0 ? ~0U : (uint32_t)locks;
    end->options = info.tcpi_options;
    end->send_scale = info.tcpi_snd_wscale;
    end->receive_scale = info.tcpi_rcv_wscale;
    *told = info.tcpi_advmss;
    fp_read_socket_values(fd, &end->image);
    /* They tell what the connection has come to, not what was asked for, and some cannot be set. */
    for (size_t i = 0; i < sizeof told_only / sizeof *told_only; i++)
        fp_leave_socket_value(&end->image, told_only[i].level, told_only[i].name);
}

static void read_pair(const int *fds, struct fp_connection_end *ends, int32_t one, int32_t two) {
    read_end(fds[one], &ends[one], &ends[two].segment);
    read_end(fds[two], &ends[two], &ends[one].segment);
    if (ends[one].result != 0 || ends[two].result != 0)
        return;
    ends[one].peer = two;
    ends[two].peer = one;
}

static void read_all(int pidfd, const uint8_t *numbers, int32_t count, int *fds, struct key *keys,
                     struct fp_connection_end *ends) {
    int32_t found = 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t number;
        memcpy(&number, numbers + (size_t)i * sizeof number, sizeof number);
        fds[i] = fp_take_fd(pidfd, number);
        ends[i].peer = -1;
        if (fds[i] < 0 || fp_tcp_state(fds[i]) == 0)
            continue;
        fp_read_image(fds[i], &ends[i].image);
        if (is_plain(fds[i], &ends[i].image))
            read_key(fds[i], &ends[i].image, i, &keys[found++]);
    }
    qsort(keys, (size_t)found, sizeof *keys, compare_keys);
    for (int32_t i = 1; i < found; i++)
        if (compare_keys(&keys[i - 1], &keys[i]) == 0 && keys[i - 1].swapped != keys[i].swapped)
            read_pair(fds, ends, keys[i - 1].place, keys[i].place);
    for (int32_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

FP_EXPORT int64_t fp_read_connections(int32_t pid, const uint8_t *numbers, int32_t count, uint8_t *ends) {
    const size_t some = (size_t)count + 1;
    struct fp_connection_end *all = calloc(some, sizeof *all);
    struct key *keys = calloc(some, sizeof *keys);
    int *fds = calloc(some, sizeof *fds);
    int64_t result = all == NULL || keys == NULL || fds == NULL ? -ENOMEM : fp_pidfd_open(pid);
    if (result >= 0) {
        read_all((int)result, numbers, count, fds, keys, all);
        memcpy(ends, all, (size_t)count * sizeof *all);
        close((int)result);
    }
    free(all);
    free(keys);
    free(fds);
    return result < 0 ? result : 0;
}

/* struct tcp_info goes on like that (linux/tcp.h). */
struct counts {
    struct tcp_info info;
    uint64_t pacing[2], acknowledged, received, others[8], sent, sent_again;
};

static int read_counts(int fd, struct counts *counts) {
    socklen_t size = sizeof *counts;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, counts, &size) == 0 && size == sizeof *counts;
}

int fp_unacknowledged(int reader, int writer) {
    struct counts from, to;
    int left = 0, unsent = 0;
    /* That it has come may be told some time later, or not before it is read. */
    if (ioctl(writer, SIOCOUTQ, &left) != 0 || left == 0 || ioctl(writer, SIOCOUTQNSD, &unsent) != 0 ||
        unsent > 0 || !read_counts(writer, &from) || !read_counts(reader, &to))
        return left;
    /* The end counts as a byte of what is received, and the begin may as one of what is acknowledged. */
    const uint64_t end = to.info.tcpi_state == TCP_CLOSE_WAIT, sent = from.sent - from.sent_again;
    /* What was written under repair is taken for sent. */
    const int is_sent = from.acknowledged + (uint64_t)left - sent <= 2;
    return is_sent && to.received - end == sent ? 0 : left;
}

/* Less than a segment may wait only for what was sent before it to be acknowledged, up to 40 ms (tcp(7),
 * TCP_NODELAY). */
static int is_held(int writer) {
    int unsent = 0, segment = 0;
    socklen_t size = sizeof segment;
    return ioctl(writer, SIOCOUTQNSD, &unsent) != 0 ||
           getsockopt(writer, IPPROTO_TCP, TCP_MAXSEG, &segment, &size) != 0 || unsent >= segment;
}

int fp_await_arrival(int reader, int writer) {
    int left = 0;
    for (int tries = 0; tries < 250 && (left = fp_unacknowledged(reader, writer)) > 0; tries++) {
        if (is_held(writer))
            break;
        usleep(200);
    }
    return left;
}
