// stresses: a pipe in packet mode (O_DIRECT): each write is read for itself
#include "hazard.h"

static void expect(int file, const char *text) {
    char packet[100];
    long length = read(file, packet, sizeof packet);
    CHECK(length == (long)strlen(text) && memcmp(packet, text, (size_t)length) == 0);
}

int main(void) {
    int ends[2];
    OK(pipe2(ends, O_DIRECT | O_NONBLOCK));
    CHECK(write(ends[1], "first", 5) == 5);
    CHECK(write(ends[1], "second one", 10) == 10);
    CHECK(write(ends[1], "third", 5) == 5);
    checkpoint_here();
    expect(ends[0], "first");
    checkpoint_here();
    expect(ends[0], "second one");
    CHECK(write(ends[1], "4", 1) == 1);
    checkpoint_here();
    expect(ends[0], "third");
    expect(ends[0], "4");
    char byte;
    checkpoint_here();
    CHECK(read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
    return succeed();
}
