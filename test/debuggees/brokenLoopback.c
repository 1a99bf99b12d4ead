// A connection in a network of its own, where packets are lost by now; both ends are closed later.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void set_loopback(int fd, short flags) {
    struct ifreq request = {.ifr_name = "lo"};
    request.ifr_flags = flags;
    CHECK(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

int main(void) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof name;
    CHECK(unshare(CLONE_NEWNET) == 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0);
    set_loopback(listener, IFF_UP);
    CHECK(bind(listener, (void *)&name, size) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, (void *)&name, &size) == 0);
    CHECK(connect(near, (void *)&name, size) == 0);
    int far = accept(listener, NULL, NULL);
    CHECK(far >= 0 && close(listener) == 0);
    set_loopback(near, 0);
    first();
    char byte;
    ssize_t got = recv(near, &byte, 1, MSG_DONTWAIT);
    printf("%s\n", got == 0 ? "ended" : "connected");
    fflush(stdout);
    close(near);
    close(far);
    second();
    return success();
}
