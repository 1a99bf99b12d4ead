// stresses: errno, which belongs to each thread and must not change by itself
// builds: default static
#include "hazard.h"

static void *hold(void *value) {
    errno = (int)(intptr_t)value;
    for (int i = 0; i < 3; i++) {
        checkpoint_here();
        CHECK(errno == (int)(intptr_t)value);
        // Fails, and says so in a way that a restarted call cannot hide.
        CHECK(close(-1) == -1 && errno == EBADF);
        errno = (int)(intptr_t)value;
    }
    return NULL;
}

int main(void) {
    pthread_t threads[] = {start(hold, (void *)101), start(hold, (void *)102)};
    hold((void *)103);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
