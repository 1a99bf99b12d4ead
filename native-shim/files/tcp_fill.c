/* A TCP connection with itself given what another one had, or what it had itself. */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* asm-generic/socket.h: newer than the headers may be. */
#define BUF_LOCK 72
#define SEND_LOCK 1
#define RECEIVE_LOCK 2
#define ALL_AT_ONCE (1 << 30)
/* Milliseconds. What is lost for want of memory comes again only after 200. */
#define LONGEST 300

int fp_read_line(const struct fp_end *states, const uint32_t *sizes, const uint8_t *bytes,
                 struct fp_line *line) {
    for (int i = 0; i < 2; i++) {
        struct fp_queue head;
        const size_t before = sizeof line->ends[i] + sizeof head;
        if (sizes[i] < before)
            return -EINVAL;
        memcpy(&line->ends[i], bytes, sizeof line->ends[i]);
        memcpy(&head, bytes + sizeof line->ends[i], sizeof head);
        line->states[i] = states[i];
        line->sizes[i] = 0;
        line->bytes[i] = bytes + before;
        if (head.count > 0) {
            memcpy(&line->sizes[i], bytes + before, sizeof line->sizes[i]);
            line->bytes[i] += sizeof line->sizes[i];
        }
        if (sizes[i] - before < line->sizes[i])
            return -EINVAL;
        bytes += sizes[i];
    }
    return 0;
}

/* What is written goes at once, all of it. */
static void hurry(int fd) {
    fp_set_tcp(fd, TCP_CORK, 0);
    fp_set_tcp(fd, TCP_NODELAY, 1);
    fp_set_tcp(fd, TCP_NOTSENT_LOWAT, -1);
}

/*
 * A buffer that has at least a size (socket(7), SO_SNDBUFFORCE: the kernel doubles what is asked for).
 * Without the right to that it is left to the kernel, which lets it grow further than it would be allowed
 * otherwise.
 */
static void grow(int fd, int name, int forced, int64_t size) {
    const int half = (int)(size / 2);
    if (fp_socket_number(fd, name) < size)
        (void)!setsockopt(fd, SOL_SOCKET, forced, &half, sizeof half);
}

static int send_all(int fd, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        struct pollfd state = {.fd = fd, .events = POLLOUT};
        ssize_t put = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN)
            return -errno;
        if (put < 0 && poll(&state, 1, 50) != 1)
            return -ENOSPC;
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static int fill(int reader, int writer, const struct fp_end *state, const uint8_t *bytes, uint32_t size) {
    grow(reader, SO_RCVBUF, SO_RCVBUFFORCE, state->receive_size);
    if (size == 0)
        return 0;
    /* Its bookkeeping counts, too. */
    grow(writer, SO_SNDBUF, SO_SNDBUFFORCE, 2 * (int64_t)size + 65536);
    int result = send_all(writer, bytes, size);
    fp_await_arrival(reader, writer);
    return result;
}

/* Sizes that the program has set stay so, the others are the kernel's to change. */
static void put_back_sizes(int fd, const struct fp_connection_end *end, const struct fp_end *state) {
    const struct {
        uint32_t lock;
        int name, forced, size;
    } buffers[2] = {{SEND_LOCK, SO_SNDBUF, SO_SNDBUFFORCE, state->send_size},
                    {RECEIVE_LOCK, SO_RCVBUF, SO_RCVBUFFORCE, state->receive_size}};
    for (int i = 0; i < 2; i++) {
        const int half = buffers[i].size / 2;
        if (end->locks != ~0U && !(end->locks & buffers[i].lock))
            continue;
        if (fp_socket_number(fd, buffers[i].name) != buffers[i].size &&
            setsockopt(fd, SOL_SOCKET, buffers[i].forced, &half, sizeof half) != 0)
            setsockopt(fd, SOL_SOCKET, buffers[i].name, &half, sizeof half);
    }
    if (end->locks != ~0U)
        setsockopt(fd, SOL_SOCKET, BUF_LOCK, &end->locks, sizeof end->locks);
}

static int put_back_end(int fd, const struct fp_connection_end *end, const struct fp_end *state) {
    struct fp_end others = *state;
    others.send_size = others.receive_size = 0;
    fp_set_end_options(fd, &others);
    put_back_sizes(fd, end, state);
    if (end->shut & FP_SHUT_WRITE)
        shutdown(fd, SHUT_WR);
    if (end->shut & FP_SHUT_READ)
        shutdown(fd, SHUT_RD);
    return -fp_set_socket_values(fd, &end->image);
}

int fp_fill_line(const int *fds, const struct fp_line *line) {
    int result = 0, refused = 0;
    for (int i = 0; i < 2; i++)
        hurry(fds[i]);
    for (int i = 0; i < 2; i++) {
        int filled = fill(fds[i], fds[!i], &line->states[i], line->bytes[i], line->sizes[i]);
        result = result != 0 ? result : filled;
    }
    for (int i = 0; i < 2; i++) {
        int error = put_back_end(fds[i], &line->ends[i], &line->states[i]);
        refused = refused != 0 ? refused : error;
    }
    return result != 0 ? result : refused;
}

/* Whether they can be as they were: nothing that has been shut since is wanted, or has to be gone through. */
static int is_usable(const int *fds, const struct fp_line *line) {
    for (int i = 0; i < 2; i++) {
        const int state = fp_tcp_state(fds[i]);
        if (state == 0)
            return 0;
        const uint32_t shut = fp_tcp_shut(fds[i], state), was = line->ends[i].shut;
        if ((shut & ~was) != 0 || ((shut & FP_SHUT_WRITE) && line->sizes[!i] > 0))
            return 0;
    }
    return 1;
}

/* Takes all that is on its way, in both directions. */
static int drain(const int *fds) {
    for (int i = 0; i < 2; i++)
        hurry(fds[i]);
    for (int time = 0; time < LONGEST; time++) {
        int left = 0;
        for (int i = 0; i < 2; i++)
            while (recv(fds[i], NULL, ALL_AT_ONCE, MSG_DONTWAIT | MSG_TRUNC) > 0)
                ;
        for (int i = 0; i < 2; i++) {
            int more = 0;
            left += fp_unacknowledged(fds[i], fds[!i]);
            left += ioctl(fds[i], SIOCINQ, &more) == 0 ? more : 0;
        }
        if (left == 0)
            return 0;
        usleep(1000);
    }
    return -ETIMEDOUT;
}

/* So that nothing is left of it (connect(2), AF_UNSPEC). */
FP_EXPORT int64_t fp_reset_connection(int32_t fd) {
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    return fd >= 0 && connect(fd, &none, sizeof none) != 0 ? -errno : 0;
}

FP_EXPORT int64_t fp_renew_connection(int32_t one, int32_t two, const uint8_t *record, int64_t size) {
    const int fds[2] = {one, two};
    struct fp_made made;
    struct fp_line line;
    if (size < (int64_t)sizeof made)
        return -EINVAL;
    memcpy(&made, record, sizeof made);
    int result = fp_read_line(made.ends, made.sizes, record + sizeof made, &line);
    if (result != 0)
        return result;
    if (one < 0 || two < 0 || !is_usable(fds, &line) || drain(fds) != 0) {
        fp_reset_connection(one);
        fp_reset_connection(two);
        return 1;
    }
    result = fp_fill_line(fds, &line);
    for (int i = 0; i < 2; i++)
        fcntl(fds[i], F_SETFL, made.flags[i]);
    /* That has a meaning of its own. */
    return result == 1 ? EINVAL : result;
}
