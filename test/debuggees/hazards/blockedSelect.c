// stresses: select and pselect: with a long limit, with one that runs out, with none
#include "hazard.h"
#include <sys/select.h>

static int ends[2];

static void *select_long(void *unused) {
    fd_set wanted;
    struct timeval hour = {3600, 0};
    FD_ZERO(&wanted);
    FD_SET(ends[0], &wanted);
    CHECK(select(ends[0] + 1, &wanted, NULL, NULL, &hour) == 1);
    CHECK(FD_ISSET(ends[0], &wanted));
    return unused;
}

static void *pselect_without_limit(void *unused) {
    fd_set wanted;
    sigset_t mask = set_of(SIGUSR1);
    FD_ZERO(&wanted);
    FD_SET(ends[0], &wanted);
    CHECK(pselect(ends[0] + 1, &wanted, NULL, NULL, NULL, &mask) == 1);
    CHECK(FD_ISSET(ends[0], &wanted));
    return unused;
}

int main(void) {
    OK(pipe(ends));
    pthread_t threads[] = {start(select_long, NULL), start(pselect_without_limit, NULL)};
    let_others_block();
    checkpoint_here();
    struct timeval limit = {0, 30000};
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    CHECK(select(0, NULL, NULL, NULL, &limit) == 0);
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + 30000000);
    checkpoint_here();
    CHECK(write(ends[1], "x", 1) == 1);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
