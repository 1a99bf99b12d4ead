// stresses: descriptors that are opened, closed and replaced: their numbers and flags are as they were
#include "hazard.h"
#include <sys/stat.h>

static int is_open(int file) { return fcntl(file, F_GETFD) >= 0; }

int main(void) {
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), null = open("/dev/null", O_RDWR);
    struct stat a, b;
    char byte = 'x';
    CHECK(dup2(null, 50) == 50);
    checkpoint_here();
    CHECK(fcntl(zero, F_GETFD) == FD_CLOEXEC && fcntl(50, F_GETFD) == 0 && !is_open(51));
    CHECK(dup3(zero, 50, O_CLOEXEC) == 50);
    OK(close(zero));
    CHECK(fcntl(null, F_DUPFD, 60) == 60);
    checkpoint_here();
    CHECK(!is_open(zero) && is_open(60) && fcntl(50, F_GETFD) == FD_CLOEXEC);
    CHECK(read(50, &byte, 1) == 1 && byte == 0);
    OK(fstat(null, &a));
    OK(fstat(60, &b));
    CHECK(a.st_rdev == b.st_rdev);
    CHECK(open("/", O_RDONLY | O_DIRECTORY) == zero);
    OK(close(60));
    checkpoint_here();
    CHECK(!is_open(60) && is_open(zero));
    OK(fcntl(zero, F_SETFD, FD_CLOEXEC));
    checkpoint_here();
    CHECK(fcntl(zero, F_GETFD) == FD_CLOEXEC);
    return succeed();
}
