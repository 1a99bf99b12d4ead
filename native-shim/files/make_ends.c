/* Pipes and sockets made anew, as others were. */
#include "outside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { PIPE, PAIR, LONE, UNCONNECTED, CONNECTION };

static void set_option(int fd, int name, int value) {
    if (value >= 0)
        setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
}

/* The kernel doubles what is asked for (socket(7), SO_SNDBUF). */
static void set_size(int fd, int name, int forced, int value) {
    int now = 0, half = value / 2;
    socklen_t size = sizeof now;
    if (value <= 0 || (getsockopt(fd, SOL_SOCKET, name, &now, &size) == 0 && now == value))
        return;
    if (setsockopt(fd, SOL_SOCKET, forced, &half, sizeof half) != 0)
        setsockopt(fd, SOL_SOCKET, name, &half, sizeof half);
}

void fp_set_end_options(int fd, const struct fp_end *end) {
    const struct timeval receive = {end->receive_time[0], end->receive_time[1]};
    const struct timeval send = {end->send_time[0], end->send_time[1]};
    set_option(fd, SO_PASSCRED, end->pass_credentials);
    set_option(fd, SO_RCVLOWAT, end->least);
    set_size(fd, SO_SNDBUF, SO_SNDBUFFORCE, end->send_size);
    set_size(fd, SO_RCVBUF, SO_RCVBUFFORCE, end->receive_size);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &send, sizeof send);
}

static int make_pipe(struct fp_made *made, const uint8_t *queue) {
    struct fp_queue head;
    made->fds[0] = made->fds[1] = -1;
    if (pipe2(made->fds, O_CLOEXEC) != 0)
        return -errno;
    if (made->sizes[0] == 0)
        return 0;
    memcpy(&head, queue, sizeof head);
    return fp_fill_pipe(made->fds[0], &head, queue + sizeof head);
}

/* Makes a pair of sockets, or takes the one that its owner has made: a socket tells who made its peer
 * (unix(7), SO_PEERCRED). */
static int have_pair(struct fp_made *made, int owner) {
    int numbers[2];
    memcpy(numbers, made->fds, sizeof numbers);
    made->fds[0] = made->fds[1] = -1;
    if (owner >= 0 && numbers[0] >= 0) {
        made->fds[0] = fp_take_fd(owner, numbers[0]);
        made->fds[1] = made->fds[0] < 0 ? made->fds[0] : fp_take_fd(owner, numbers[1]);
        if (made->fds[1] >= 0)
            return 0;
        if (made->fds[0] >= 0)
            close(made->fds[0]);
    }
    if (socketpair(AF_UNIX, made->type | SOCK_CLOEXEC, 0, made->fds) == 0)
        return 0;
    made->fds[0] = made->fds[1] = -1;
    return -errno;
}

static int make_pair(struct fp_made *made, int owner, const uint8_t *queue) {
    int result = have_pair(made, owner);
    if (result != 0)
        return result;
    for (int i = 0; i < 2; i++)
        fp_set_end_options(made->fds[i], &made->ends[i]);
    for (int i = 0; i < 2; i++) {
        struct fp_queue head;
        if (made->sizes[i] == 0)
            continue;
        memcpy(&head, queue, sizeof head);
        int filled = fp_fill_socket(made->fds[i], made->fds[1 - i], &head, queue + sizeof head);
        result = result != 0 ? result : filled;
        queue += made->sizes[i];
    }
    for (int i = 0; i < 2; i++)
        if (made->shut & (1U << i))
            shutdown(made->fds[i], SHUT_WR);
    return result;
}

/* Whether it has come to what it waits for; one over a loopback has at once. */
static int is_ready(int fd, short events) {
    struct pollfd state = {.fd = fd, .events = events};
    return poll(&state, 1, 200) == 1 && (state.revents & events) != 0;
}

/* A connection over the loopback, of which the far end is closed at once. */
static int connect_lone(int domain, int listener) {
    struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_storage address = {0};
    socklen_t size = domain == AF_INET6 ? sizeof any6 : sizeof any4;
    memcpy(&address, domain == AF_INET6 ? (void *)&any6 : (void *)&any4, size);
    /* Their flags are set afterwards. */
    int fd = socket(domain, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int far = -1;
    if (bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 1) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &size) == 0 &&
        (connect(fd, (struct sockaddr *)&address, size) == 0 || errno == EINPROGRESS) &&
        is_ready(listener, POLLIN))
        far = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    /* Without it, it is a socket that is not connected. */
    if (far >= 0)
        close(far);
    return fd;
}

static int make_lone(struct fp_made *made, int owner) {
    if (made->domain == AF_UNIX && have_pair(made, owner) == 0)
        return 0;
    made->fds[0] = made->fds[1] = -1;
    if (made->type != SOCK_STREAM || (made->domain != AF_INET && made->domain != AF_INET6)) {
        made->fds[0] = socket(made->domain, made->type | SOCK_CLOEXEC, 0);
        return made->fds[0] < 0 ? -errno : 0;
    }
    int listener = socket(made->domain, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0)
        return -errno;
    made->fds[0] = connect_lone(made->domain, listener);
    close(listener);
    return made->fds[0] < 0 ? made->fds[0] : 0;
}

/* This thread's own network, when that of a process is another one: it is in there then. -1: it is not. */
static int enter_network(pid_t pid, int owner, int *result) {
    char path[40];
    struct stat own, other;
    snprintf(path, sizeof path, "/proc/%d/ns/net", pid);
    if (owner < 0 || stat(path, &other) != 0 || stat("/proc/thread-self/ns/net", &own) != 0 ||
        own.st_ino == other.st_ino)
        return -1;
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home >= 0 && setns(owner, CLONE_NEWNET) == 0)
        return home;
    *result = -errno;
    if (home >= 0)
        close(home);
    return -1;
}

static void leave_network(int home) {
    if (home < 0)
        return;
    setns(home, CLONE_NEWNET);
    close(home);
}

static int make_unconnected(struct fp_made *made, pid_t pid, int owner, const uint8_t *bytes) {
    struct fp_socket_image image;
    int result = 0;
    made->fds[0] = made->fds[1] = -1;
    if (made->sizes[0] != sizeof image)
        return -EINVAL;
    const int home = enter_network(pid, owner, &result);
    if (result != 0)
        return result;
    memcpy(&image, bytes, sizeof image);
    result = fp_make_socket(&image, &made->fds[0]);
    leave_network(home);
    if (made->fds[0] >= 0)
        fp_set_end_options(made->fds[0], &made->ends[0]);
    return result;
}

/* Each end as if the other one had been closed. */
static void hang_up(struct fp_made *made, const struct fp_line *line, int owner) {
    for (int i = 0; i < 2; i++) {
        struct fp_made lone = {.domain = line->ends[i].image.domain, .type = made->type};
        made->fds[i] = make_lone(&lone, owner) == 0 ? lone.fds[0] : -1;
    }
}

/* In the network of the process. */
static int make_connection(struct fp_made *made, pid_t pid, int owner, const uint8_t *bytes) {
    struct fp_line line;
    made->fds[0] = made->fds[1] = -1;
    int result = fp_read_line(made->ends, made->sizes, bytes, &line);
    if (result != 0)
        return result;
    const int home = enter_network(pid, owner, &result);
    if (result != 0)
        return result;
    result = fp_make_line(&line, made->fds);
    leave_network(home);
    if (result < 0) {
        hang_up(made, &line, owner);
        return result;
    }
    int filled = fp_fill_line(made->fds, &line);
    return filled < 0 || result == 0 ? filled : result;
}

static int make_of_kind(struct fp_made *made, pid_t pid, int owner, const uint8_t *queues) {
    switch (made->kind) {
    case PIPE:
        return make_pipe(made, queues);
    case PAIR:
        return make_pair(made, owner, queues);
    case LONE:
        return make_lone(made, owner);
    case CONNECTION:
        return make_connection(made, pid, owner, queues);
    default:
        return make_unconnected(made, pid, owner, queues);
    }
}

static void make(struct fp_made *made, pid_t pid, int owner, const uint8_t *queues) {
    made->result = make_of_kind(made, pid, owner, queues);
    for (int i = 0; i < 2; i++) {
        if (made->fds[i] < 0)
            continue;
        if (made->closed & (1U << i)) {
            close(made->fds[i]);
            made->fds[i] = -1;
        } else {
            fcntl(made->fds[i], F_SETFL, made->flags[i]);
        }
    }
}

FP_EXPORT int64_t fp_make_ends(int32_t pid, uint8_t *records, int64_t size) {
    const int owner = pid > 0 ? (int)fp_pidfd_open(pid) : -1;
    for (int64_t at = 0; at + (int64_t)sizeof(struct fp_made) <= size;) {
        struct fp_made made;
        memcpy(&made, records + at, sizeof made);
        make(&made, pid, owner, records + at + sizeof made);
        memcpy(records + at, &made, sizeof made);
        at += (int64_t)(sizeof made + made.sizes[0] + made.sizes[1]);
    }
    if (owner >= 0)
        close(owner);
    return 0;
}

FP_EXPORT int64_t fp_put_back_socket(int32_t fd, const uint8_t *record, int64_t size) {
    struct fp_made made;
    struct fp_socket_image image;
    if (size != (int64_t)(sizeof made + sizeof image))
        return -EINVAL;
    memcpy(&made, record, sizeof made);
    memcpy(&image, record + sizeof made, sizeof image);
    fp_set_end_options(fd, &made.ends[0]);
    return fp_restore_socket(fd, &image);
}
