// stresses: sockets that are not bound, bound, listening, for datagrams; at the same addresses again and again
// positions: markers
// builds: default static musl
#include "hazard.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 7

struct name {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_un un;
    } at;
    socklen_t size;
};

static int option(int file, int level, int name) {
    int value = 0;
    socklen_t size = sizeof value;
    OK(getsockopt(file, level, name, &value, &size));
    return value;
}

static void set(int file, int level, int name, int value) {
    OK(setsockopt(file, level, name, &value, sizeof value));
}

// Stream or datagram: a byte from one to the other.
static void pass_byte(int from, int to) {
    char sent = 'x', got = 0;
    CHECK(write(from, &sent, 1) == 1);
    CHECK(RETRY(read(to, &got, 1)) == 1 && got == sent);
}

static void check_options(int file, int family) {
    CHECK(option(file, SOL_SOCKET, SO_REUSEADDR) == 1 && option(file, SOL_SOCKET, SO_KEEPALIVE) == 1);
    if (family == AF_INET)
        CHECK(option(file, IPPROTO_TCP, TCP_KEEPIDLE) == 77 && option(file, IPPROTO_IP, IP_TTL) == 33);
}

static int make_listener(const struct name *name) {
    int family = name->at.any.sa_family;
    int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(listener >= 0);
    checkpoint_here();
    set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
    set(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
    if (family == AF_INET) {
        set(listener, IPPROTO_TCP, TCP_KEEPIDLE, 77);
        set(listener, IPPROTO_IP, IP_TTL, 33);
    }
    checkpoint_here();
    check_options(listener, family);
    OK(bind(listener, &name->at.any, name->size));
    checkpoint_here();
    OK(listen(listener, BACKLOG));
    checkpoint_here();
    check_options(listener, family);
    CHECK(option(listener, SOL_SOCKET, SO_ACCEPTCONN) == 1 && fcntl(listener, F_GETFD) == FD_CLOEXEC);
    if (family == AF_INET) {
        struct tcp_info info;
        socklen_t size = sizeof info;
        OK(getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size));
        CHECK(info.tcpi_sacked == BACKLOG);
    }
    return listener;
}

static void serve(const struct name *name, int with_blocked) {
    int listener = make_listener(name), client = socket(name->at.any.sa_family, SOCK_STREAM, 0);
    CHECK(client >= 0);
    checkpoint_here();
    OK(fcntl(listener, F_SETFL, with_blocked ? 0 : O_NONBLOCK));
    OK(connect(client, &name->at.any, name->size));
    int server = accept(listener, NULL, NULL);
    CHECK(server >= 0);
    if (name->at.any.sa_family == AF_UNIX) {
        struct ucred peer;
        socklen_t size = sizeof peer;
        OK(getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size));
        CHECK(peer.pid == getpid());
    }
    pass_byte(client, server);
    pass_byte(server, client);
    // The server's end is closed last, so that nothing of it stays.
    OK(close(client));
    OK(close(server));
    OK(close(listener));
    checkpoint_here();
}

static void exchange(const struct name *name, const struct name *other) {
    int family = name->at.any.sa_family;
    int near = socket(family, SOCK_DGRAM, 0), far = socket(family, SOCK_DGRAM, 0);
    CHECK(near >= 0 && far >= 0);
    checkpoint_here();
    OK(bind(near, &name->at.any, name->size));
    checkpoint_here();
    OK(bind(far, &other->at.any, other->size));
    checkpoint_here();
    CHECK(sendto(far, "y", 1, 0, &name->at.any, name->size) == 1);
    char got = 0;
    CHECK(RETRY(read(near, &got, 1)) == 1 && got == 'y');
    OK(connect(far, &name->at.any, name->size));
    if (family == AF_INET)
        checkpoint_here();
    pass_byte(far, near);
    OK(close(far));
    if (family == AF_INET)
        checkpoint_here();
    OK(close(near));
    checkpoint_here();
}

static struct name abstract(const char *text) {
    struct name name = {.at.un = {.sun_family = AF_UNIX}};
    int length = snprintf(name.at.un.sun_path + 1, sizeof name.at.un.sun_path - 1, "%s %d %lld", text, getpid(),
                          (long long)now_ns(CLOCK_MONOTONIC));
    name.size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    return name;
}

// One that nobody has now.
static struct name free_port(int type) {
    struct name name = {.at.in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                        .size = sizeof name.at.in};
    int file = socket(AF_INET, type, 0);
    OK(bind(file, &name.at.any, name.size));
    OK(getsockname(file, &name.at.any, &name.size));
    OK(close(file));
    return name;
}

int main(void) {
    const struct name port = free_port(SOCK_STREAM), unix_name = abstract("stream");
    const struct name near = free_port(SOCK_DGRAM), far = free_port(SOCK_DGRAM);
    const struct name near_unix = abstract("near"), far_unix = abstract("far");
    checkpoint_here();
    for (int round = 0; round < 2; round++) {
        serve(&port, round);
        serve(&unix_name, round);
        exchange(&near, &far);
        exchange(&near_unix, &far_unix);
    }
    return succeed();
}
