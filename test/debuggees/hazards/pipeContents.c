// stresses: bytes in a pipe, read in other portions than they were written
#include "hazard.h"
#include <sys/ioctl.h>

int main(void) {
    int ends[2], waiting;
    char text[40];
    OK(pipe2(ends, O_NONBLOCK));
    CHECK(write(ends[1], "one two ", 8) == 8);
    CHECK(write(ends[1], "three four", 10) == 10);
    checkpoint_here();
    CHECK(read(ends[0], text, 5) == 5 && memcmp(text, "one t", 5) == 0);
    checkpoint_here();
    OK(ioctl(ends[0], FIONREAD, &waiting));
    CHECK(waiting == 13);
    CHECK(write(ends[1], "!", 1) == 1);
    checkpoint_here();
    CHECK(read(ends[0], text, sizeof text) == 14 && memcmp(text, "wo three four!", 14) == 0);
    checkpoint_here();
    OK(ioctl(ends[0], FIONREAD, &waiting));
    CHECK(waiting == 0);
    return succeed();
}
