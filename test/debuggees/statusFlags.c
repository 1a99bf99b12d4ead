// Status flags and offsets belong to open files, which copies share; numbers are used again.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/socket.h>

int main(int argc, char **argv) {
    char byte = 0;
    CHECK(argc == 2);
    int file = open(argv[1], O_CREAT | O_TRUNC | O_RDWR | O_APPEND, 0600), ends[2], pair[2];
    CHECK(file >= 0 && write(file, "0123456789", 10) == 10 && lseek(file, 3, SEEK_SET) == 3);
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    const int terminal = fcntl(1, F_GETFL);
    first();
    CHECK(fcntl(file, F_GETFL) == (O_RDWR | O_APPEND | 0100000) && lseek(file, 0, SEEK_CUR) == 3);
    CHECK(fcntl(ends[0], F_GETFL) == O_NONBLOCK && fcntl(pair[0], F_GETFL) == O_RDWR);
    CHECK(fcntl(1, F_GETFL) == terminal && !(terminal & O_NONBLOCK));
    CHECK(fcntl(file, F_SETFL, O_NOATIME) == 0 && lseek(file, 5, SEEK_SET) == 5);
    CHECK(fcntl(ends[0], F_SETFL, 0) == 0 && fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0);
    CHECK(fcntl(1, F_SETFL, terminal | O_NONBLOCK) == 0);
    // The number that the file had is a pipe's now.
    int moved = dup(file);
    CHECK(dup2(ends[0], file) == file);
    second();
    CHECK(fcntl(moved, F_GETFL) == (O_RDWR | O_NOATIME | 0100000) && lseek(moved, 0, SEEK_CUR) == 5);
    CHECK(fcntl(file, F_GETFL) == 0 && fcntl(pair[0], F_GETFL) == (O_RDWR | O_NONBLOCK));
    CHECK(fcntl(1, F_GETFL) == (terminal | O_NONBLOCK));
    CHECK(read(moved, &byte, 1) == 1 && byte == '5');
    return success();
}
