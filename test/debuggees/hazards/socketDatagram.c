// stresses: datagrams queued in a socket pair: their order and their bounds
#include "hazard.h"
#include <sys/socket.h>

static void expect(int file, const char *text) {
    char packet[100];
    long length = recv(file, packet, sizeof packet, 0);
    CHECK(length == (long)strlen(text) && memcmp(packet, text, (size_t)length) == 0);
}

int main(void) {
    static const int kinds[] = {SOCK_DGRAM, SOCK_SEQPACKET};
    for (int i = 0; i < 2; i++) {
        int pair[2];
        char byte;
        OK(socketpair(AF_UNIX, kinds[i] | SOCK_NONBLOCK, 0, pair));
        CHECK(send(pair[0], "first", 5, 0) == 5);
        CHECK(send(pair[0], "", 0, 0) == 0);
        CHECK(send(pair[0], "the third", 9, 0) == 9);
        checkpoint_here();
        expect(pair[1], "first");
        checkpoint_here();
        expect(pair[1], "");
        expect(pair[1], "the third");
        checkpoint_here();
        CHECK(recv(pair[1], &byte, 1, 0) == -1 && errno == EAGAIN);
        OK(close(pair[0]));
        OK(close(pair[1]));
    }
    return succeed();
}
