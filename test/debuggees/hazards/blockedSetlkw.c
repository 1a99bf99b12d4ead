// stresses: a thread in fcntl F_OFD_SETLKW, for a record lock that another open file holds
#include "hazard.h"

static int first, second;

static int lock(int file, int command, short type) {
    struct flock record = {.l_type = type, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    return fcntl(file, command, &record);
}

static void *lock_second(void *unused) {
    OK(lock(second, F_OFD_SETLKW, F_WRLCK));
    checkpoint_here();
    CHECK(lock(first, F_OFD_SETLK, F_WRLCK) == -1 && errno == EAGAIN);
    OK(lock(second, F_OFD_SETLK, F_UNLCK));
    return unused;
}

int main(void) {
    first = temporary_file();
    second = open_again(first, O_RDWR);
    OK(lock(first, F_OFD_SETLK, F_WRLCK));
    pthread_t thread = start(lock_second, NULL);
    let_others_block();
    checkpoint_here();
    OK(lock(first, F_OFD_SETLK, F_UNLCK));
    join(thread);
    return succeed();
}
