// stresses: who has made the peer of a socket, as the kernel tells it
// needs: ids
#include "hazard.h"
#include <sys/socket.h>

static void check_maker(int socket, pid_t maker) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    OK(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length));
    CHECK(peer.pid == maker && peer.uid == getuid() && peer.gid == getgid());
}

int main(void) {
    int pair[2], lone[2];
    char text[8];
    const pid_t maker = getpid();
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, lone));
    CHECK(send(pair[0], "waits", 5, 0) == 5);
    close(lone[1]);
    checkpoint_here();
    check_maker(pair[0], maker);
    check_maker(lone[0], maker);
    checkpoint_here();
    check_maker(pair[1], maker);
    CHECK(recv(pair[1], text, sizeof text, 0) == 5 && memcmp(text, "waits", 5) == 0);
    CHECK(recv(lone[0], text, sizeof text, 0) == 0);
    return succeed();
}
