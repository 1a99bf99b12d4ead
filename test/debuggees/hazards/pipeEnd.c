// stresses: a pipe whose writing end the program has closed: the end of file comes behind what was written
#include "hazard.h"

int main(void) {
    int ends[2];
    char text[10];
    OK(pipe2(ends, O_NONBLOCK));
    CHECK(write(ends[1], "end", 3) == 3);
    checkpoint_here();
    OK(close(ends[1]));
    checkpoint_here();
    CHECK(read(ends[0], text, sizeof text) == 3);
    checkpoint_here();
    CHECK(read(ends[0], text, sizeof text) == 0);
    return succeed();
}
