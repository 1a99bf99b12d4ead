// Pipes: contents, packets, size, full ones, an end that is closed.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/ioctl.h>

static char text[1 << 20], got[1 << 20];

static int available(int fd) {
    int bytes = -1;
    CHECK(ioctl(fd, FIONREAD, &bytes) == 0);
    return bytes;
}

static void expect(int fd, const char *what) {
    const ssize_t length = (ssize_t)strlen(what);
    memset(got, 0, sizeof got);
    CHECK(read(fd, got, sizeof got - 1) == length && strcmp(got, what) == 0);
}

static void put(int fd, const char *what) { CHECK(write(fd, what, strlen(what)) == (ssize_t)strlen(what)); }

int main(void) {
    int plain[2], packets[2], full[2], ended[2], vacant[2];
    CHECK(pipe(plain) == 0 && pipe2(packets, O_DIRECT) == 0 && pipe2(full, O_NONBLOCK) == 0);
    CHECK(pipe(ended) == 0 && pipe(vacant) == 0);
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 23);
    put(plain[1], "one ");
    put(plain[1], "two");
    put(packets[1], "first");
    put(packets[1], "second packet");
    const int size = fcntl(full[1], F_GETPIPE_SZ);
    CHECK(write(full[1], text, sizeof text) == size);
    CHECK(write(full[1], text, 1) < 0 && errno == EAGAIN);
    put(ended[1], "the end");
    close(ended[1]);
    first();
    // As it was at the first place.
    CHECK(available(plain[0]) == 7 && available(vacant[0]) == 0);
    expect(plain[0], "one two");
    expect(packets[0], "first");
    expect(packets[0], "second packet");
    CHECK(write(full[1], text, 1) < 0 && errno == EAGAIN);
    CHECK(read(full[0], got, sizeof got) == size && memcmp(got, text, (size_t)size) == 0);
    CHECK(fcntl(full[1], F_GETPIPE_SZ) == size && fcntl(plain[0], F_GETPIPE_SZ) == size);
    expect(ended[0], "the end");
    CHECK(read(ended[0], got, 1) == 0);
    // Otherwise at the second.
    CHECK(fcntl(plain[0], F_SETPIPE_SZ, 2 * size) == 2 * size);
    CHECK(write(plain[1], text, (size_t)size + 100) == size + 100);
    put(packets[1], "third");
    put(full[1], "nearly empty");
    put(vacant[1], "no more");
    CHECK(fcntl(packets[1], F_SETFL, 0) == 0 && fcntl(packets[0], F_SETFL, O_NONBLOCK) == 0);
    close(ended[0]);
    CHECK(dup2(plain[0], ended[0]) == ended[0]);
    second();
    CHECK(fcntl(packets[1], F_GETFL) == O_WRONLY && fcntl(packets[0], F_GETFL) == O_NONBLOCK);
    CHECK(fcntl(plain[0], F_GETPIPE_SZ) == 2 * size && available(ended[0]) == size + 100);
    CHECK(read(plain[0], got, sizeof got) == size + 100 && memcmp(got, text, (size_t)size + 100) == 0);
    expect(packets[0], "third");
    CHECK(read(packets[0], got, 1) < 0 && errno == EAGAIN);
    expect(full[0], "nearly empty");
    expect(vacant[0], "no more");
    return success();
}
