// stresses: pipes of other sizes than the usual, full to the last byte
#include "hazard.h"

enum { SIZE = 262144 };
static char sent[SIZE], got[SIZE];

static long drain(int file) {
    long total = 0;
    for (long count; (count = read(file, got + total, (size_t)(SIZE - total))) > 0;)
        total += count;
    return total;
}

int main(void) {
    int small[2], large[2];
    OK(pipe2(small, O_NONBLOCK));
    OK(pipe2(large, O_NONBLOCK));
    CHECK(fcntl(small[1], F_SETPIPE_SZ, 4096) == 4096);
    CHECK(fcntl(large[1], F_SETPIPE_SZ, SIZE) == SIZE);
    for (int i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 11 + i / 4096);
    CHECK(write(small[1], sent, SIZE) == 4096);
    CHECK(write(large[1], sent, SIZE) == SIZE);
    checkpoint_here();
    CHECK(write(small[1], "x", 1) == -1 && errno == EAGAIN);
    CHECK(write(large[1], "x", 1) == -1 && errno == EAGAIN);
    CHECK(drain(small[0]) == 4096 && memcmp(sent, got, 4096) == 0);
    checkpoint_here();
    CHECK(drain(large[0]) == SIZE && memcmp(sent, got, SIZE) == 0);
    checkpoint_here();
    CHECK(fcntl(small[0], F_GETPIPE_SZ) == 4096 && fcntl(large[0], F_GETPIPE_SZ) == SIZE);
    return succeed();
}
