// stresses: POSIX record locks, which belong to the process and not to the open file
#include "hazard.h"

static int locked, other;

static int command(int file, int what, short type, long begin, long length, struct flock *result) {
    struct flock record = {.l_type = type, .l_whence = SEEK_SET, .l_start = begin, .l_len = length};
    int status = fcntl(file, what, &record);
    if (result != NULL)
        *result = record;
    return status;
}

// Through another open file, by its own kind of lock, one sees the process's.
static short holder(long at) {
    struct flock found;
    OK(command(other, F_OFD_GETLK, F_WRLCK, at, 1, &found));
    return found.l_type;
}

int main(void) {
    locked = temporary_file();
    other = open_again(locked, O_RDWR);
    OK(command(locked, F_SETLK, F_WRLCK, 0, 10, NULL));
    OK(command(locked, F_SETLK, F_RDLCK, 20, 10, NULL));
    checkpoint_here();
    CHECK(holder(5) == F_WRLCK && holder(15) == F_UNLCK && holder(25) == F_RDLCK);
    OK(command(locked, F_SETLK, F_UNLCK, 3, 4, NULL));
    OK(command(locked, F_SETLK, F_WRLCK, 25, 100, NULL));
    checkpoint_here();
    CHECK(holder(2) == F_WRLCK && holder(5) == F_UNLCK && holder(8) == F_WRLCK);
    CHECK(holder(22) == F_RDLCK && holder(26) == F_WRLCK && holder(124) == F_WRLCK && holder(125) == F_UNLCK);
    CHECK(command(other, F_OFD_SETLK, F_WRLCK, 22, 1, NULL) == -1 && errno == EAGAIN);
    OK(command(locked, F_SETLK, F_UNLCK, 0, 0, NULL));
    checkpoint_here();
    CHECK(holder(2) == F_UNLCK && holder(22) == F_UNLCK && holder(60) == F_UNLCK);
    return succeed();
}
