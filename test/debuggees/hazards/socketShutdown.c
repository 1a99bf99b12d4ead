// stresses: sockets half shut down, and their options
// positions: markers
#include "hazard.h"
#include <sys/socket.h>

int main(void) {
    int pair[2], value = 1, kept = 0;
    char byte;
    socklen_t length = sizeof kept;
    OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    OK(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &value, sizeof value));
    CHECK(send(pair[0], "x", 1, 0) == 1);
    OK(shutdown(pair[0], SHUT_WR));
    checkpoint_here();
    CHECK(recv(pair[1], &byte, 1, 0) == 1);
    checkpoint_here();
    CHECK(recv(pair[1], &byte, 1, 0) == 0);
    CHECK(send(pair[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    OK(getsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &kept, &length));
    CHECK(kept == 1);
    return succeed();
}
