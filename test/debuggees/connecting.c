// A connection that is made while nobody has room for it, and when somebody has.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

int connecting;

// Gives a socket that is connected, or -1: `connecting` waits.
static int connect_one(const struct sockaddr_in *name) {
    connecting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct pollfd state = {.fd = connecting, .events = POLLOUT};
    CHECK(connect(connecting, (const void *)name, sizeof *name) == 0 || errno == EINPROGRESS);
    return poll(&state, 1, 100) == 1 ? connecting : -1;
}

int main(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof name;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(listener, (void *)&name, size) == 0 && listen(listener, 0) == 0);
    CHECK(getsockname(listener, (void *)&name, &size) == 0);
    while (connect_one(&name) >= 0)
        ;
    first();
    while (accept4(listener, NULL, NULL, SOCK_NONBLOCK) < 0 && errno == EAGAIN)
        ;
    // The kernel asks again in a second or three.
    struct pollfd state = {.fd = connecting, .events = POLLOUT};
    CHECK(poll(&state, 1, 20000) == 1 && (state.revents & (POLLERR | POLLHUP)) == 0);
    second();
    return success();
}
