// stresses: a thread in flock, for a lock that another open file holds
#include "hazard.h"
#include <sys/file.h>

static int first, second;

static void *lock_second(void *unused) {
    OK(flock(second, LOCK_EX));
    checkpoint_here();
    CHECK(flock(first, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK);
    OK(flock(second, LOCK_UN));
    return unused;
}

int main(void) {
    first = temporary_file();
    second = open_again(first, O_RDWR);
    OK(flock(first, LOCK_EX));
    pthread_t thread = start(lock_second, NULL);
    let_others_block();
    checkpoint_here();
    OK(flock(first, LOCK_UN));
    join(thread);
    return succeed();
}
