// TCP connections with itself, with bytes on their way. Arguments: closed (it closes them), deaf (the listeners are closed before),
// ended (one end writes no more), ends (later), shared (with a child, later), forked (a child has ended before), stuck (more is written than goes), watched (an epoll set has both ends).
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { LINES = 3 };

struct names {
    struct sockaddr_in6 own, peer;
};

static struct line {
    int listener, client, server;
    struct names before[2];
} lines[LINES];

// What has another name now.
volatile int moved;
static const char *how = "";

static int is(const char *word) { return strstr(how, word) != NULL; }

static struct names names_of(int fd) {
    struct names names;
    memset(&names, 0, sizeof names);
    socklen_t size = sizeof names.own;
    CHECK(getsockname(fd, (void *)&names.own, &size) == 0);
    size = sizeof names.peer;
    CHECK(getpeername(fd, (void *)&names.peer, &size) == 0);
    return names;
}

static void look_at_names(struct line *line) {
    const int ends[] = {line->client, line->server};
    for (int i = 0; i < 2; i++) {
        struct names now = names_of(ends[i]);
        moved += memcmp(&now, &line->before[i], sizeof now) != 0;
    }
}

// 0: over IPv4; 1: IPv6; 2: the server's end is a socket of IPv6, the client's one of IPv4.
static void begin(struct line *line, int kind) {
    const int on = 1, off = 0;
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    if (kind == 2)
        in6.sin6_addr = in6addr_any;
    socklen_t size = kind == 0 ? sizeof in : sizeof in6;
    void *name = kind == 0 ? (void *)&in : (void *)&in6;
    line->listener = socket(kind == 0 ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    if (kind == 2)
        CHECK(setsockopt(line->listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0);
    CHECK(line->listener >= 0 && bind(line->listener, name, size) == 0 && listen(line->listener, 3) == 0);
    CHECK(getsockname(line->listener, name, &size) == 0);
    if (kind == 2) {
        in.sin_port = in6.sin6_port;
        name = &in;
        size = sizeof in;
    }
    line->client = socket(kind == 1 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    CHECK(line->client >= 0 && connect(line->client, name, size) == 0);
    CHECK(setsockopt(line->client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    line->server = accept4(line->listener, NULL, NULL, SOCK_NONBLOCK);
    CHECK(line->server >= 0);
    if (is("deaf"))
        CHECK(close(line->listener) == 0);
    line->before[0] = names_of(line->client);
    line->before[1] = names_of(line->server);
}

static void put(int fd, const char *text) { CHECK(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text)); }

static void expect(int fd, const char *text) {
    char got[64] = {0};
    int size = 0;
    CHECK(ioctl(fd, FIONREAD, &size) == 0 && size == (int)strlen(text));
    CHECK(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) == size && strcmp(got, text) == 0);
    if (!is("end") || fd != lines[0].server)
        CHECK(recv(fd, got, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

// What has just been sent may take a moment.
static void await_text(int fd, const char *text) {
    int size = 0;
    for (int tries = 0; tries < 2000 && ioctl(fd, FIONREAD, &size) == 0 && size < (int)strlen(text); tries++)
        usleep(1000);
}

static void expect_soon(int fd, const char *text) {
    await_text(fd, text);
    expect(fd, text);
}

static void expect_end(int fd) {
    char byte;
    CHECK(fcntl(fd, F_SETFL, 0) == 0 && recv(fd, &byte, 1, 0) == 0);
}

static void await_both(struct line *line) {
    await_text(line->client, "to the client");
    await_text(line->server, "to the server");
}

static void talk(struct line *line) {
    int value = 0;
    socklen_t size = sizeof value;
    look_at_names(line);
    expect(line->server, "to the server");
    expect(line->client, "to the client");
    CHECK(getsockopt(line->client, IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0 && value == 1);
    put(line->server, "there");
    expect_soon(line->client, "there");
    if (is("ended") && line == lines) {
        expect_end(line->server);
        CHECK(send(line->client, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
        return;
    }
    put(line->client, "and back");
    expect_soon(line->server, "and back");
    if (is("ends") && line == lines) {
        CHECK(shutdown(line->client, SHUT_WR) == 0);
        expect_end(line->server);
        put(line->server, "last");
        expect_soon(line->client, "last");
    }
}

enum { BLOCK = 1 << 16 };

// Part of a stream of numbers, from a byte of it on.
static const char *numbers_from(size_t at) {
    static uint32_t numbers[BLOCK / sizeof(uint32_t) + 1];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        numbers[i] = (uint32_t)(at / sizeof *numbers + i);
    return (char *)numbers + at % sizeof *numbers;
}

// As many as go.
static void write_all(int fd) {
    size_t done = 0;
    for (ssize_t part; (part = send(fd, numbers_from(done), BLOCK, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;)
        done += (size_t)part;
    CHECK(errno == EAGAIN);
}

static void be_stuck(void) {
    for (int i = 0; i < LINES; i++) {
        write_all(lines[i].client);
        write_all(lines[i].server);
    }
    first();
}

static void next_event(int set, int end) {
    struct epoll_event event;
    CHECK(epoll_wait(set, &event, 1, 5000) == 1 && event.data.fd == end && (event.events & EPOLLIN));
}

static void be_watched(void) {
    struct line *line = &lines[0];
    int set = epoll_create1(0);
    for (int i = 0; i < 2; i++) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = i == 0 ? line->client : line->server};
        CHECK(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event) == 0);
    }
    put(line->client, "one");
    await_text(line->server, "one");
    first();
    struct epoll_event event;
    next_event(set, line->server);
    CHECK(epoll_wait(set, &event, 1, 0) == 0);
    expect(line->server, "one");
    put(line->server, "two");
    next_event(set, line->client);
    expect_soon(line->client, "two");
    put(line->client, "three");
    next_event(set, line->server);
    expect_soon(line->server, "three");
}

// It has nothing to do with what becomes of its parent.
static void go_on(struct line *line) {
    for (int i = 0; i < 300; i++) {
        put(line->client, "from the child");
        expect_soon(line->server, "from the child");
        usleep(1000);
    }
    printf("the child is done\n");
    fflush(stdout);
    _exit(0);
}

int main(int count, char **words) {
    if (count > 1)
        how = words[1];
    for (int i = 0; i < LINES; i++)
        begin(&lines[i], i);
    if (is("forked")) {
        const pid_t child = fork();
        if (child == 0)
            _exit(0);
        CHECK(waitpid(child, NULL, 0) == child);
    }
    if (is("stuck")) {
        be_stuck();
    } else if (is("watched")) {
        be_watched();
    } else {
        for (int i = 0; i < LINES; i++) {
            put(lines[i].client, "to the server");
            put(lines[i].server, "to the client");
        }
        if (is("ended"))
            CHECK(shutdown(lines[0].client, SHUT_WR) == 0);
        for (int i = 0; i < LINES; i++)
            await_both(&lines[i]);
        first();
        for (int i = 0; i < LINES; i++)
            talk(&lines[i]);
    }
    if (is("shared") && fork() == 0)
        go_on(&lines[0]);
    for (int i = 0; i < LINES && is("closed"); i++) {
        CHECK(close(i == 1 ? lines[i].server : lines[i].client) == 0);
        CHECK(close(i == 1 ? lines[i].client : lines[i].server) == 0);
    }
    second();
    return success();
}
