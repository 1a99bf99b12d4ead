// stresses: locks that belong to the open file, flock and OFD record locks, of files opened twice, and opened
// later
#include "hazard.h"
#include <sys/file.h>

static int command(int file, int what, short type, long begin, long length) {
    struct flock record = {.l_type = type, .l_whence = SEEK_SET, .l_start = begin, .l_len = length};
    return fcntl(file, what, &record);
}

int main(void) {
    int whole = temporary_file(), whole_again = open_again(whole, O_RDWR);
    int part = temporary_file(), part_again = open_again(part, O_RDWR);
    OK(flock(whole, LOCK_EX));
    OK(command(part, F_OFD_SETLK, F_WRLCK, 0, 10));
    checkpoint_here();
    CHECK(flock(whole_again, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    CHECK(command(part_again, F_OFD_SETLK, F_RDLCK, 9, 1) == -1 && errno == EAGAIN);
    OK(command(part_again, F_OFD_SETLK, F_WRLCK, 10, 1));
    OK(command(part_again, F_OFD_SETLK, F_WRLCK, 100, 1));
    OK(command(part_again, F_OFD_SETLK, F_UNLCK, 100, 1));
    OK(flock(whole, LOCK_SH));
    checkpoint_here();
    OK(flock(whole_again, LOCK_SH | LOCK_NB));
    CHECK(command(part, F_OFD_SETLK, F_WRLCK, 10, 1) == -1 && errno == EAGAIN);
    OK(flock(whole, LOCK_UN));
    OK(command(part, F_OFD_SETLK, F_UNLCK, 0, 0));
    checkpoint_here();
    OK(flock(whole_again, LOCK_EX | LOCK_NB));
    OK(command(part_again, F_OFD_SETLK, F_WRLCK, 0, 5));
    // An open file that earlier checkpoints do not have, and later ones keep open: its locks must not last.
    int later = open_again(whole, O_RDWR), part_later = open_again(part, O_RDWR);
    OK(flock(whole_again, LOCK_UN));
    OK(flock(later, LOCK_EX | LOCK_NB));
    OK(command(part_later, F_OFD_SETLK, F_WRLCK, 20, 5));
    checkpoint_here();
    CHECK(flock(whole, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    CHECK(command(part, F_OFD_SETLK, F_WRLCK, 20, 1) == -1 && errno == EAGAIN);
    OK(command(part_later, F_OFD_SETLK, F_WRLCK, 100, 100));
    OK(flock(later, LOCK_UN));
    OK(flock(whole, LOCK_EX | LOCK_NB));
    return succeed();
}
