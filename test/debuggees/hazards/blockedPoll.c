// stresses: poll and ppoll: with a long limit, with one that runs out, with none, with a signal mask
#include "hazard.h"
#include <poll.h>

static int ends[2];

static void *poll_long(void *unused) {
    struct pollfd wanted = {ends[0], POLLIN, 0};
    CHECK(poll(&wanted, 1, 3600000) == 1);
    CHECK(wanted.revents == POLLIN);
    return unused;
}

static void *ppoll_without_limit(void *unused) {
    struct pollfd wanted = {ends[0], POLLIN, 0};
    sigset_t mask = set_of(SIGUSR1);
    CHECK(ppoll(&wanted, 1, NULL, &mask) == 1);
    CHECK(wanted.revents == POLLIN);
    return unused;
}

int main(void) {
    OK(pipe(ends));
    pthread_t threads[] = {start(poll_long, NULL), start(ppoll_without_limit, NULL)};
    let_others_block();
    checkpoint_here();
    struct pollfd wanted = {ends[0], POLLIN, 0};
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    CHECK(poll(&wanted, 1, 30) == 0);
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + 30000000);
    checkpoint_here();
    struct timespec limit = {0, 20000000};
    CHECK(ppoll(&wanted, 1, &limit, NULL) == 0);
    CHECK(write(ends[1], "x", 1) == 1);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
