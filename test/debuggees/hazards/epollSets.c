// stresses: an epoll set that changes: level, edge and one-shot, added, changed and removed
#include "hazard.h"
#include <sys/epoll.h>

static int set;

static void control(int operation, int file, uint32_t events, int value) {
    struct epoll_event event = {events, {.u64 = (uint64_t)value}};
    OK(epoll_ctl(set, operation, file, &event));
}

// The values of what is ready now, as bits.
static int ready(void) {
    struct epoll_event events[8];
    int bits = 0;
    long count = RETRY(epoll_wait(set, events, 8, 0));
    for (long i = 0; i < count; i++)
        bits |= 1 << events[i].data.u64;
    return bits;
}

int main(void) {
    int level[2], edge[2], once[2];
    char byte;
    OK(pipe(level));
    OK(pipe(edge));
    OK(pipe(once));
    CHECK((set = epoll_create1(EPOLL_CLOEXEC)) >= 0);
    control(EPOLL_CTL_ADD, level[0], EPOLLIN, 0);
    control(EPOLL_CTL_ADD, edge[0], EPOLLIN | EPOLLET, 1);
    control(EPOLL_CTL_ADD, once[0], EPOLLIN | EPOLLONESHOT, 2);
    CHECK(ready() == 0);
    checkpoint_here();
    CHECK(write(level[1], "x", 1) == 1 && write(edge[1], "x", 1) == 1 && write(once[1], "x", 1) == 1);
    checkpoint_here();
    CHECK(ready() == 7);
    CHECK(ready() == 1);
    checkpoint_here();
    CHECK(write(edge[1], "y", 1) == 1);
    CHECK(read(level[0], &byte, 1) == 1);
    checkpoint_here();
    CHECK(ready() == 2);
    control(EPOLL_CTL_MOD, once[0], EPOLLIN | EPOLLONESHOT, 3);
    checkpoint_here();
    CHECK(ready() == 8);
    control(EPOLL_CTL_DEL, once[0], 0, 0);
    control(EPOLL_CTL_ADD, level[1], EPOLLOUT, 4);
    checkpoint_here();
    CHECK(ready() == 16);
    return succeed();
}
