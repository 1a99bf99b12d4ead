/* Descriptors of another process, taken into the shim's own. Shared inside the shim. */
#ifndef FORKPOINT_OUTSIDE_H
#define FORKPOINT_OUTSIDE_H

#include "shim.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* A queue, as fp_read_queues gives it (shim_files.h). */
struct fp_queue {
    int32_t fd;
    int32_t result;
    int32_t size_or_offset; /* of a pipe: its size; of a socket: SO_PEEK_OFF */
    uint32_t flags;
    uint32_t count;
    uint32_t size; /* of the messages behind it: each u32 length and bytes */
};

/* Of a length: what comes with the message stands between it and the bytes (shim_files.h). */
#define FP_ACCOMPANIED (1U << 31)

/* At most, with one message (SCM_MAX_FD of unix(7)). */
#define FP_MOST_FLYING 253

/* What comes with a message. pid 0: the kernel tells of no sender. */
struct fp_ancillary {
    int is_there;
    uint32_t count;
    int32_t pid, uid, gid;
    int fds[FP_MOST_FLYING];
};

/* Descriptors of our own that stand in messages. */
struct fp_taken {
    int *fds;
    size_t count;
};

#define FP_QUEUE_NO_WRITER 1
#define FP_QUEUE_ANCILLARY 2
#define FP_QUEUE_PACKETS 4
#define FP_QUEUE_LOST 8

/* Where messages go: `size` counts on when there is no more room. */
struct fp_messages {
    uint8_t *bytes;
    size_t capacity, size;
    uint32_t count;
    struct fp_taken *taken;
};

/* How an end of a pipe or a socket is, as fp_read_ends gives it; -1: it has no such option. */
struct fp_end {
    int32_t fd, result;
    int32_t events; /* poll(2): of POLLIN, POLLPRI, POLLOUT, POLLRDHUP and what is always told */
    int32_t pass_credentials, send_size, receive_size, least, unused;
    int64_t receive_time[2], send_time[2]; /* seconds, microseconds (socket(7), SO_RCVTIMEO) */
};

/* Of options that are kept (socket_options.c); size -1: it has no such option. */
#define FP_SOCKET_OPTIONS 78
struct fp_socket_value {
    int32_t size;
    uint8_t bytes[16];
};

/* IPPROTO_MPTCP (linux/in.h). */
#define FP_MPTCP 262

/* How a socket without a connection is; other: it cannot be opened anew. */
enum {
    FP_SOCKET_OTHER,
    FP_SOCKET_UNBOUND,
    FP_SOCKET_BOUND,
    FP_SOCKET_LISTENING,
    FP_SOCKET_CONNECTED,
    FP_SOCKET_CONNECTING
};

/* All that is to be known for one like it, as fp_read_socket_images gives it (shim_files.h). */
struct fp_socket_image {
    int32_t state, domain, type, protocol;
    int32_t backlog;  /* of one that listens */
    int32_t sizes[2]; /* of its own name and of the peer that datagrams go to; 0: none */
    uint32_t user;
    struct sockaddr_storage names[2];
    struct fp_socket_value values[FP_SOCKET_OPTIONS];
};
_Static_assert(sizeof(struct fp_socket_image) == FP_SOCKET_IMAGE_SIZE, "the size is part of the ABI");

/* An end of a TCP connection, as fp_read_connections gives it (shim_files.h). */
struct fp_connection_end {
    int32_t peer;     /* the place of the other end among those that were asked for, -1: none */
    int32_t result;   /* 0 or -errno */
    uint32_t shut;    /* shutdown(2): FP_SHUT_WRITE, FP_SHUT_READ */
    uint32_t locks;   /* SO_BUF_LOCK; ~0: not known */
    uint32_t options; /* TCPI_OPT_* */
    uint32_t segment; /* as its peer told it (tcp(7), TCP_MAXSEG) */
    uint32_t send_scale, receive_scale;
    struct fp_socket_image image;
};
_Static_assert(sizeof(struct fp_connection_end) == FP_CONNECTION_END_SIZE, "the size is part of the ABI");

#define FP_SHUT_WRITE 1
#define FP_SHUT_READ 2

/* As fp_make_ends takes and fills it; the queues that the ends read follow. */
struct fp_made {
    int32_t kind, domain, type;
    int32_t flags[2];
    uint32_t closed, shut;
    uint32_t sizes[2];
    int32_t result;
    int32_t fds[2];
    struct fp_end ends[2];
};

/* Both ends of one, each with what it reads. */
struct fp_line {
    struct fp_connection_end ends[2];
    struct fp_end states[2];
    const uint8_t *bytes[2];
    uint32_t sizes[2];
};

/* At once: files that are handed over. */
#define FP_AT_ONCE 64

/* A descriptor of a process, by its pidfd; close-on-exec. -errno. */
int fp_take_fd(int pidfd, int fd);
/* Adds a message. */
void fp_add_message(struct fp_messages *messages, const void *bytes, size_t size);
/*
 * ancillary.c: looks at a message and leaves it there; -errno. The files that come with it are the caller's
 * then. flags: as recvmsg(2) gives them.
 */
ssize_t fp_peek_message(int fd, void *bytes, size_t size, struct fp_ancillary *with, int *flags);
void fp_drop_files(const struct fp_ancillary *with);
/* How many of the bytes of a stream at a place (SO_PEEK_OFF) come before those that the files come with. */
size_t fp_before_files(int fd, int at, void *bytes, size_t size);
/* Adds a message with what comes with it. -ENOMEM: the files are closed. */
int fp_add_accompanied(struct fp_messages *messages, const struct fp_ancillary *with, const void *bytes,
                       size_t size);
/* pipe.c, socket.c: what is in them now, which stays there; -errno. */
int fp_peek_pipe(int fd, struct fp_queue *queue, struct fp_messages *messages);
int fp_peek_socket(int fd, struct fp_queue *queue, struct fp_messages *messages);
/*
 * What the kernel tells of a Unix socket by an attribute (sock_diag(7)); -errno. diag: a socket of
 * NETLINK_SOCK_DIAG.
 */
int fp_ask_of_unix(int diag, uint64_t inode, uint32_t show, int attribute, void *value, size_t size);
/* A number that is an option of SOL_SOCKET (socket(7)); -errno. */
int fp_socket_number(int fd, int name);
/* socket_options.c. Setting them gives -errno of the first that was refused; one that was left is not set. */
int fp_is_tcp(const struct fp_socket_image *image);
void fp_read_socket_values(int fd, struct fp_socket_image *image);
void fp_leave_socket_value(struct fp_socket_image *image, int level, int name);
int fp_set_socket_values(int fd, const struct fp_socket_image *image);
/* make_socket.c: a socket like another one was; -errno, and a socket all the same if that can be had, else
 * -1. */
int fp_make_socket(const struct fp_socket_image *image, int *made);
/* The options and the length of the queue, on one that is there still. Gives the same. */
int fp_restore_socket(int fd, const struct fp_socket_image *image);
/* socket_image.c */
int fp_has_filter(int fd);
void fp_read_image(int fd, struct fp_socket_image *image);
/*
 * tcp_pair.c. A number that TCP has (tcp(7)), set; -errno. Whether a socket is one of a connection that is
 * there, in either direction: its state, or 0. What it has shut down. What was sent by one and is not yet
 * known to be with the other.
 */
int fp_set_tcp(int fd, int name, int value);
int fp_tcp_state(int fd);
uint32_t fp_tcp_shut(int fd, int state);
int fp_unacknowledged(int reader, int writer);
/* Waits a little for what is on its way and has room. Gives the same. */
int fp_await_arrival(int reader, int writer);
/* tcp_fill.c: what follows a record of a connection, taken apart; -EINVAL. */
int fp_read_line(const struct fp_end *states, const uint32_t *sizes, const uint8_t *bytes,
                 struct fp_line *line);
/* Gives the ends of an empty connection all that those of another one had. As fp_make_ends, for a connection.
 */
int fp_fill_line(const int *fds, const struct fp_line *line);
/* make_ends.c: times and the like; of buffers the sizes too. */
void fp_set_end_options(int fd, const struct fp_end *end);
/* make_connection.c: a connection like another one was, still empty. -errno, EADDRNOTAVAIL: at other
 * addresses. */
int fp_make_line(const struct fp_line *line, int *fds);
/* The same, put there in the place of what is there now. */
int fp_fill_pipe(int fd, const struct fp_queue *queue, const uint8_t *messages);
int fp_fill_socket(int reader, int writer, const struct fp_queue *queue, const uint8_t *messages);

#endif
