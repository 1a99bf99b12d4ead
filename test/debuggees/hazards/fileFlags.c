// stresses: status flags, which all copies share: O_NONBLOCK and O_APPEND set and cleared
#include "hazard.h"

static void set(int file, int flag, int on) {
    int flags = fcntl(file, F_GETFL);
    OK(fcntl(file, F_SETFL, on ? flags | flag : flags & ~flag));
}

int main(void) {
    int ends[2], file = temporary_file();
    char byte;
    OK(pipe(ends));
    checkpoint_here();
    CHECK(!(fcntl(ends[0], F_GETFL) & O_NONBLOCK) && !(fcntl(file, F_GETFL) & O_APPEND));
    set(ends[0], O_NONBLOCK, 1);
    set(file, O_APPEND, 1);
    checkpoint_here();
    CHECK(read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
    CHECK(fcntl(file, F_GETFL) & O_APPEND);
    set(file, O_APPEND, 0);
    checkpoint_here();
    CHECK(!(fcntl(file, F_GETFL) & O_APPEND) && (fcntl(ends[0], F_GETFL) & O_NONBLOCK));
    return succeed();
}
