/* A TCP connection with itself made anew, as another one was. */
#include "outside.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_OTHERS 64

static const int one = 1;

static int open_end(const struct fp_connection_end *end) {
    const struct fp_socket_image *image = &end->image;
    int fd = socket(image->domain, image->type | SOCK_CLOEXEC | SOCK_NONBLOCK, image->protocol);
    if (fd < 0)
        return -errno;
    if (image->user != geteuid())
        (void)!fchown(fd, image->user, (gid_t)-1);
    /* What comes with the connection, or is refused later, is among them. */
    fp_set_socket_values(fd, image);
    return fd;
}

static int bind_to(int fd, const struct sockaddr_storage *name, int32_t size, int keeps_port) {
    struct sockaddr_storage wanted = *name;
    if (!keeps_port)
        memset((uint8_t *)&wanted + offsetof(struct sockaddr_in, sin_port), 0, sizeof(in_port_t));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return bind(fd, (struct sockaddr *)&wanted, (socklen_t)size) == 0 ? 0 : -errno;
}

static int set_sequence(int fd, int queue, uint32_t number) {
    int result = fp_set_tcp(fd, TCP_REPAIR_QUEUE, queue);
    return result != 0 ? result : fp_set_tcp(fd, TCP_QUEUE_SEQ, (int)number);
}

/* Under repair, it is connected without a word to anybody, and whatever else has the port (tcp.c). */
static int connect_silently(int fd, const struct fp_connection_end *end, uint32_t sent, uint32_t received) {
    const struct fp_socket_image *image = &end->image;
    const struct tcp_repair_opt all[] = {
        {TCPOPT_MAXSEG, end->segment},
        {TCPOPT_WINDOW, end->send_scale | end->receive_scale << 16},
        {TCPOPT_SACK_PERMITTED, 0},
        {TCPOPT_TIMESTAMP, 0},
    };
    const uint32_t asked[] = {~0U, TCPI_OPT_WSCALE, TCPI_OPT_SACK, TCPI_OPT_TIMESTAMPS};
    int result = fp_set_tcp(fd, TCP_REPAIR, TCP_REPAIR_ON);
    if (result == 0)
        result =
            bind(fd, (const struct sockaddr *)&image->names[0], (socklen_t)image->sizes[0]) == 0 ? 0 : -errno;
    if (result == 0)
        result = set_sequence(fd, TCP_SEND_QUEUE, sent);
    if (result == 0)
        result = set_sequence(fd, TCP_RECV_QUEUE, received);
    if (result == 0)
        result = connect(fd, (const struct sockaddr *)&image->names[1], (socklen_t)image->sizes[1]) == 0
                     ? 0
                     : -errno;
    for (size_t i = 0; result == 0 && i < sizeof all / sizeof *all; i++)
        if ((end->options & asked[i]) || i == 0)
            result =
                setsockopt(fd, IPPROTO_TCP, TCP_REPAIR_OPTIONS, &all[i], sizeof all[i]) == 0 ? 0 : -errno;
    return result;
}

/* Both ends by themselves (CAP_NET_ADMIN). */
static int make_by_repair(const struct fp_line *line, const int *fds) {
    uint32_t numbers[2];
    if (getrandom(numbers, sizeof numbers, 0) != sizeof numbers)
        return -EAGAIN;
    for (int i = 0; i < 2; i++) {
        int result = connect_silently(fds[i], &line->ends[i], numbers[i], numbers[!i]);
        if (result != 0)
            return result;
    }
    /* Each asks the other one then how much it takes. */
    for (int i = 0; i < 2; i++) {
        fp_set_tcp(fds[i], TCP_REPAIR_QUEUE, TCP_NO_QUEUE);
        fp_set_tcp(fds[i], TCP_REPAIR, TCP_REPAIR_OFF);
    }
    return 0;
}

static int is_ready(int fd, short events) {
    struct pollfd state = {.fd = fd, .events = events};
    return poll(&state, 1, 200) == 1 && (state.revents & events) != 0;
}

static in_port_t port_of(const struct sockaddr_storage *name) {
    in_port_t port;
    memcpy(&port, (const uint8_t *)name + offsetof(struct sockaddr_in, sin_port), sizeof port);
    return port;
}

static int same_names(int fd, const struct fp_socket_image *image) {
    struct fp_socket_image now = {0};
    fp_read_image(fd, &now);
    return port_of(&now.names[0]) == port_of(&image->names[0]) &&
           port_of(&now.names[1]) == port_of(&image->names[1]);
}

/* The one that is meant; others are sent away. */
static int accept_from(int listener, const struct sockaddr_storage *client) {
    for (int i = 0; i < MOST_OTHERS && is_ready(listener, POLLIN); i++) {
        struct sockaddr_storage peer = {0};
        socklen_t size = sizeof peer;
        int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0 && port_of(&peer) == port_of(client))
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -ETIMEDOUT;
}

/* Connects one end with a socket that listens at the name of the other one. */
static int connect_to(int listener, int fd, const struct fp_connection_end *end, int keeps_port) {
    struct sockaddr_storage there = end->image.names[1], name = {0};
    socklen_t size = sizeof name;
    int result = bind_to(fd, &end->image.names[0], end->image.sizes[0], keeps_port);
    if (result != 0)
        return result;
    if (getsockname(listener, (struct sockaddr *)&name, &size) != 0)
        return -errno;
    memcpy((uint8_t *)&there + offsetof(struct sockaddr_in, sin_port),
           (uint8_t *)&name + offsetof(struct sockaddr_in, sin_port), sizeof(in_port_t));
    if (connect(fd, (struct sockaddr *)&there, (socklen_t)end->image.sizes[1]) != 0 && errno != EINPROGRESS)
        return -errno;
    size = sizeof name;
    return getsockname(fd, (struct sockaddr *)&name, &size) == 0 ? accept_from(listener, &name) : -errno;
}

/* `server`: the end that is accepted; which of the ports are to be the same. */
static int make_by_listening(const struct fp_line *line, int server, int keeps_own, int keeps_peer,
                             int *fds) {
    const struct fp_connection_end *ends = line->ends;
    int listener = open_end(&ends[server]), client = listener < 0 ? -1 : open_end(&ends[!server]);
    int result = listener < 0 ? listener : client < 0 ? client : 0;
    if (result == 0)
        result = bind_to(listener, &ends[server].image.names[0], ends[server].image.sizes[0], keeps_own);
    if (result == 0 && listen(listener, MOST_OTHERS) != 0)
        result = -errno;
    if (result == 0)
        result = connect_to(listener, client, &ends[!server], keeps_peer);
    if (listener >= 0)
        close(listener);
    if (result < 0) {
        if (client >= 0)
            close(client);
        return result;
    }
    if (ends[server].image.user != geteuid())
        (void)!fchown(result, ends[server].image.user, (gid_t)-1);
    fds[server] = result;
    fds[!server] = client;
    return 0;
}

static int make_anyhow(const struct fp_line *line, int *fds) {
    static const int ways[][3] = {{0, 1, 1}, {1, 1, 1}, {0, 0, 1}, {1, 0, 1}, {0, 0, 0}};
    int result = -EINVAL;
    /* Where packets are lost, it is waited for them once. */
    for (size_t i = 0; i < sizeof ways / sizeof *ways && result != 0 && result != -ETIMEDOUT; i++)
        result = make_by_listening(line, ways[i][0], ways[i][1], ways[i][2], fds);
    return result;
}

int fp_make_line(const struct fp_line *line, int *fds) {
    int result = 0;
    for (int i = 0; i < 2 && result == 0; i++) {
        fds[i] = open_end(&line->ends[i]);
        result = fds[i] < 0 ? fds[i] : 0;
    }
    if (result == 0)
        result = make_by_repair(line, fds);
    if (result == 0)
        return 0;
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
    result = make_anyhow(line, fds);
    if (result != 0)
        return result;
    return same_names(fds[0], &line->ends[0].image) ? 0 : EADDRNOTAVAIL;
}
