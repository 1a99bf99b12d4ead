/* Unix sockets: who is connected with whom, and what is in their queues. */
#include "outside.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the largest message that a send buffer holds by default (net.core.wmem_max). */
#define LARGEST (1U << 20)
#define MOST_MESSAGES 65536

/* As fp_describe_sockets gives it. */
struct description {
    int32_t fd, result, domain, type, listening, connected;
    uint64_t peer;
};

int fp_ask_of_unix(int diag, uint64_t inode, uint32_t show, int attribute, void *value, size_t size) {
    struct {
        struct nlmsghdr head;
        struct unix_diag_req request;
    } ask = {.head = {sizeof ask, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0},
             .request = {.sdiag_family = AF_UNIX,
                         .udiag_states = ~0U,
                         .udiag_ino = (uint32_t)inode,
                         .udiag_show = show,
                         .udiag_cookie = {~0U, ~0U}}};
    union {
        struct nlmsghdr head;
        uint8_t bytes[1024];
    } answer;
    if (send(diag, &ask, sizeof ask, 0) != sizeof ask)
        return -errno;
    ssize_t got = recv(diag, &answer, sizeof answer, 0);
    if (got < (ssize_t)NLMSG_LENGTH(sizeof(struct unix_diag_msg)) ||
        answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return -ENOENT;
    int left = (int)(got - (ssize_t)NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
    struct rtattr *found = (void *)(answer.bytes + NLMSG_LENGTH(sizeof(struct unix_diag_msg)));
    for (; RTA_OK(found, left); found = RTA_NEXT(found, left))
        if (found->rta_type == attribute && RTA_PAYLOAD(found) >= size) {
            memcpy(value, RTA_DATA(found), size);
            return 0;
        }
    return -ENOENT;
}

/* The inode of a Unix socket's peer, 0 when it has none or the kernel does not say. */
static uint64_t find_peer(int diag, uint64_t inode) {
    uint32_t peer = 0;
    fp_ask_of_unix(diag, inode, UDIAG_SHOW_PEER, UNIX_DIAG_PEER, &peer, sizeof peer);
    return peer;
}

int fp_socket_number(int fd, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -errno;
}

static int describe(int pidfd, int diag, uint64_t inode, struct description *of) {
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    int fd = fp_take_fd(pidfd, of->fd);
    if (fd < 0)
        return fd;
    of->domain = fp_socket_number(fd, SO_DOMAIN);
    of->type = fp_socket_number(fd, SO_TYPE);
    of->listening = fp_socket_number(fd, SO_ACCEPTCONN) > 0;
    of->connected = getpeername(fd, (struct sockaddr *)&name, &size) == 0;
    if (of->domain == AF_UNIX && diag >= 0)
        of->peer = find_peer(diag, inode);
    close(fd);
    return 0;
}

FP_EXPORT int64_t fp_describe_sockets(int32_t pid, const uint8_t *inodes, int32_t count,
                                      uint8_t *descriptions) {
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    for (int32_t i = 0; i < count; i++) {
        struct description of = {0};
        uint64_t words[2]; /* descriptor, inode */
        memcpy(words, inodes + (size_t)i * sizeof words, sizeof words);
        of.fd = (int32_t)words[0];
        of.result = describe((int)pidfd, diag, words[1], &of);
        memcpy(descriptions + (size_t)i * sizeof of, &of, sizeof of);
    }
    if (diag >= 0)
        close(diag);
    close((int)pidfd);
    return 0;
}

/* Adds what was looked at. Of a stream, it may be more than one message: files come with the last. */
static int add_peeked(int fd, int at, struct fp_messages *messages, const struct fp_ancillary *with,
                      uint8_t *bytes, size_t size) {
    size_t before = 0;
    if (!with->is_there) {
        fp_add_message(messages, bytes, size);
        return 0;
    }
    if (with->count > 0 && size > 0 && fp_socket_number(fd, SO_TYPE) == SOCK_STREAM)
        before = fp_before_files(fd, at, bytes, size);
    if (before > 0) {
        struct fp_ancillary sender = {.is_there = 1, .pid = with->pid, .uid = with->uid, .gid = with->gid};
        int result = fp_add_accompanied(messages, &sender, bytes, before);
        if (result != 0)
            return result;
    }
    return fp_add_accompanied(messages, with, bytes + before, size - before);
}

/* Peeks on from the socket's peek offset, one message a time. */
static int peek_messages(int fd, struct fp_queue *queue, struct fp_messages *messages, int stream) {
    uint8_t *chunk = malloc(LARGEST);
    if (chunk == NULL)
        return -ENOMEM;
    int result = 0, at = 0;
    while (result == 0 && messages->count < MOST_MESSAGES) {
        struct fp_ancillary with;
        int flags;
        ssize_t got = fp_peek_message(fd, chunk, LARGEST, &with, &flags);
        if (got == -EAGAIN || got == -ENOTCONN)
            break;
        /* There was no room for them among our own descriptors. */
        if (flags & MSG_CTRUNC)
            queue->flags |= FP_QUEUE_ANCILLARY | FP_QUEUE_LOST;
        if (got < 0 || (flags & MSG_TRUNC) || (got == 0 && stream)) {
            fp_drop_files(&with);
            result = got < 0 ? (int)got : flags & MSG_TRUNC ? -EMSGSIZE : 0;
            break;
        }
        if (with.is_there)
            queue->flags |= FP_QUEUE_ANCILLARY;
        result = add_peeked(fd, at, messages, &with, chunk, (size_t)got);
        at += (int)got;
    }
    free(chunk);
    return result;
}

/* The end of a stream, or of a connection that keeps messages apart, reads as nothing, again and again. */
static int ends(int fd) {
    struct pollfd state = {.fd = fd, .events = POLLRDHUP};
    return fp_socket_number(fd, SO_TYPE) == SOCK_STREAM ||
           (poll(&state, 1, 0) == 1 && (state.revents & POLLRDHUP));
}

int fp_peek_socket(int fd, struct fp_queue *queue, struct fp_messages *messages) {
    const int before = fp_socket_number(fd, SO_PEEK_OFF), start = 0;
    queue->size_or_offset = before;
    struct pollfd state = {.fd = fd, .events = POLLIN};
    if (poll(&state, 1, 0) != 1 || !(state.revents & POLLIN))
        return 0;
    if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &start, sizeof start) != 0)
        return -errno;
    int result = peek_messages(fd, queue, messages, ends(fd));
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &before, sizeof before);
    return result;
}

static void drain(int fd) {
    const int stream = ends(fd);
    uint8_t chunk[4096];
    for (int i = 0; i < MOST_MESSAGES * 4; i++) {
        ssize_t got = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (got < 0 || (got == 0 && stream))
            return;
    }
}

int fp_fill_socket(int reader, int writer, const struct fp_queue *queue, const uint8_t *messages) {
    if (queue->flags & FP_QUEUE_ANCILLARY)
        return -EINVAL;
    drain(reader);
    for (uint32_t i = 0; i < queue->count; i++) {
        uint32_t length;
        memcpy(&length, messages, sizeof length);
        ssize_t put = send(writer, messages + sizeof length, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put != (ssize_t)length)
            return put < 0 ? -errno : -ENOSPC;
        messages += sizeof length + length;
    }
    /* Reading has moved it. */
    setsockopt(reader, SOL_SOCKET, SO_PEEK_OFF, &queue->size_or_offset, sizeof queue->size_or_offset);
    return 0;
}
