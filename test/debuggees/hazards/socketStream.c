// stresses: bytes queued in both directions of a stream socket pair
#include "hazard.h"
#include <sys/socket.h>

int main(void) {
    int pair[2];
    char text[40];
    OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair));
    CHECK(send(pair[0], "to the right", 12, 0) == 12);
    CHECK(send(pair[1], "to the left", 11, 0) == 11);
    checkpoint_here();
    CHECK(recv(pair[1], text, 3, 0) == 3 && memcmp(text, "to ", 3) == 0);
    checkpoint_here();
    CHECK(send(pair[0], "!", 1, 0) == 1);
    CHECK(recv(pair[1], text, sizeof text, 0) >= 9 && memcmp(text, "the right", 9) == 0);
    checkpoint_here();
    CHECK(recv(pair[0], text, sizeof text, 0) == 11 && memcmp(text, "to the left", 11) == 0);
    checkpoint_here();
    CHECK(recv(pair[0], text, sizeof text, 0) == -1 && errno == EAGAIN);
    return succeed();
}
