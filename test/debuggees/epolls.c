// epoll sets: entries added, changed, taken out and closed since; numbers used again; one-shot and edge-triggered ones.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int set;

static void control(int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    CHECK(epoll_ctl(set, operation, fd, &event) == 0);
}

static void give(int fd) {
    const uint64_t one = 1;
    CHECK(write(fd, &one, sizeof one) == sizeof one);
}

// The data of all that is ready, summed: each is another power of two.
static uint64_t ready(void) {
    struct epoll_event events[16];
    uint64_t sum = 0;
    int count = epoll_wait(set, events, 16, 0);
    CHECK(count >= 0);
    for (int i = 0; i < count; i++)
        sum += events[i].data.u64;
    return sum;
}

int main(void) {
    int kept = eventfd(1, O_NONBLOCK), gone = eventfd(1, O_NONBLOCK), closed = eventfd(1, O_NONBLOCK);
    int once = eventfd(1, O_NONBLOCK), edge = eventfd(1, O_NONBLOCK), armed = eventfd(1, O_NONBLOCK);
    uint64_t value;
    set = epoll_create1(EPOLL_CLOEXEC);
    CHECK(set >= 0);
    control(EPOLL_CTL_ADD, kept, EPOLLIN, 1);
    control(EPOLL_CTL_ADD, gone, EPOLLIN, 2);
    control(EPOLL_CTL_ADD, closed, EPOLLIN, 4);
    control(EPOLL_CTL_ADD, once, EPOLLIN | EPOLLONESHOT, 8);
    control(EPOLL_CTL_ADD, edge, EPOLLIN | EPOLLET, 16);
    CHECK(ready() == 31 && ready() == 7);
    control(EPOLL_CTL_ADD, armed, EPOLLIN | EPOLLONESHOT, 32);
    // The edge comes after the checkpoint, in every life.
    CHECK(read(edge, &value, sizeof value) == sizeof value);
    first();
    CHECK(ready() == 1 + 2 + 4 + 32 && ready() == 7);
    give(edge);
    CHECK(ready() == 7 + 16);
    control(EPOLL_CTL_MOD, kept, EPOLLIN, 64);
    control(EPOLL_CTL_DEL, gone, 0, 0);
    control(EPOLL_CTL_DEL, closed, 0, 0);
    CHECK(close(closed) == 0);
    control(EPOLL_CTL_MOD, once, EPOLLIN | EPOLLONESHOT, 8);
    // Another file with a number that was used before, and some that are new.
    int reused = eventfd(1, O_NONBLOCK);
    CHECK(reused == closed);
    control(EPOLL_CTL_ADD, reused, EPOLLIN, 128);
    int added = fcntl(eventfd(1, O_NONBLOCK), F_DUPFD, 100), ends[2];
    CHECK(pipe(ends) == 0);
    give(ends[1]);
    control(EPOLL_CTL_ADD, added, EPOLLIN, 256);
    control(EPOLL_CTL_ADD, ends[0], EPOLLIN, 512);
    second();
    uint64_t now = ready();
    CHECK((now & ~16ULL) == 64 + 8 + 128 + 256 + 512);
    CHECK(ready() == 64 + 128 + 256 + 512);
    return success();
}
