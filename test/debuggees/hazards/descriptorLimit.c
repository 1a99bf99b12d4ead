// stresses: pipes, sockets and counters of a program that may open hardly any more files, and then none
#include "hazard.h"
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

static int way[2], pair[2], counter;

static void allow(rlim_t files) {
    const struct rlimit limit = {files, files};
    OK(setrlimit(RLIMIT_NOFILE, &limit));
}

static void fill(void) {
    OK(eventfd_write(counter, 8));
    CHECK(write(way[1], "abc", 3) == 3);
    CHECK(send(pair[0], "abcd", 4, 0) == 4);
}

static void take(void) {
    char text[8];
    eventfd_t value = 0;
    CHECK(read(way[0], text, sizeof text) == 3 && memcmp(text, "abc", 3) == 0);
    CHECK(recv(pair[1], text, sizeof text, 0) == 4 && memcmp(text, "abcd", 4) == 0);
    OK(eventfd_read(counter, &value));
    CHECK(value == 8);
}

int main(void) {
    OK(pipe2(way, O_NONBLOCK));
    OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    counter = eventfd(0, EFD_NONBLOCK);
    CHECK(counter >= 0);
    const rlim_t limits[] = {(rlim_t)counter + 5, (rlim_t)counter + 2, 0};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        allow(limits[i]);
        fill();
        checkpoint_here();
        take();
        checkpoint_here();
    }
    return succeed();
}
