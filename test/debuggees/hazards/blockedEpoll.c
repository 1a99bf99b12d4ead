// stresses: threads in epoll_wait on one set, with and without a limit
#include "hazard.h"
#include <sys/epoll.h>

static int ends[2], set;

static void *wait_for_event(void *limit) {
    struct epoll_event event;
    CHECK(RETRY(epoll_wait(set, &event, 1, (int)(intptr_t)limit)) == 1);
    CHECK(event.data.u64 == 0x123456789abcdef && event.events == EPOLLIN);
    return NULL;
}

int main(void) {
    OK(pipe(ends));
    CHECK((set = epoll_create1(0)) >= 0);
    struct epoll_event event = {EPOLLIN, {.u64 = 0x123456789abcdef}};
    OK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event));
    pthread_t threads[] = {start(wait_for_event, (void *)3600000), start(wait_for_event, (void *)-1)};
    let_others_block();
    checkpoint_here();
    CHECK(RETRY(epoll_wait(set, &event, 1, 20)) == 0);
    checkpoint_here();
    CHECK(write(ends[1], "x", 1) == 1);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
