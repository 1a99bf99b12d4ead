// Unix socket pairs: what is in their queues, messages kept apart, full ones.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static char text[1 << 20], got[1 << 20];

static void put(int fd, const char *what) {
    CHECK(send(fd, what, strlen(what), MSG_DONTWAIT) == (ssize_t)strlen(what));
}

static void expect(int fd, const char *what) {
    memset(got, 0, sizeof got);
    CHECK(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) == (ssize_t)strlen(what) && strcmp(got, what) == 0);
}

static void expect_nothing(int fd) { CHECK(recv(fd, got, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN); }

// Sends until no more fits; gives how much that was.
static size_t stuff(int fd) {
    size_t sent = 0;
    ssize_t some;
    while ((some = send(fd, text + sent % 4096, 4000, MSG_DONTWAIT)) > 0)
        sent += (size_t)some;
    CHECK(errno == EAGAIN);
    return sent;
}

static size_t empty(int fd) {
    size_t taken = 0;
    ssize_t some;
    while ((some = recv(fd, got, 4096, MSG_DONTWAIT)) > 0)
        taken += (size_t)some;
    return taken;
}

int main(void) {
    int stream[2], datagrams[2], packets[2], full[2], named[2];
    int type = SOCK_STREAM;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 23);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, stream) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, packets) == 0 && socketpair(AF_UNIX, type, 0, full) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, named) == 0);
    put(stream[0], "to ");
    put(stream[0], "one");
    put(stream[1], "back");
    put(datagrams[0], "message");
    put(datagrams[0], "another message");
    put(packets[1], "packet");
    put(packets[1], "the next");
    const size_t most = stuff(full[0]);
    first();
    expect(stream[1], "to one");
    expect(stream[0], "back");
    expect(datagrams[1], "message");
    expect(datagrams[1], "another message");
    expect_nothing(datagrams[1]);
    expect(packets[0], "packet");
    expect(packets[0], "the next");
    expect_nothing(packets[0]);
    CHECK(empty(full[1]) == most);
    CHECK(read(named[0], got, 1) < 0 && errno == EAGAIN);
    put(stream[1], "other");
    put(datagrams[1], "the other way");
    put(packets[1], "alone");
    put(full[0], "little");
    const int off = 2;
    CHECK(setsockopt(stream[0], SOL_SOCKET, SO_PEEK_OFF, &off, sizeof off) == 0);
    second();
    int peek = 0;
    socklen_t size = sizeof peek;
    CHECK(getsockopt(stream[0], SOL_SOCKET, SO_PEEK_OFF, &peek, &size) == 0 && peek == 2);
    expect(stream[0], "other");
    expect_nothing(stream[1]);
    expect(datagrams[0], "the other way");
    expect_nothing(datagrams[1]);
    expect(packets[0], "alone");
    expect(full[1], "little");
    expect_nothing(full[1]);
    return success();
}
