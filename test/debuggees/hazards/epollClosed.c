// stresses: a descriptor that is closed while an epoll set has it: it leaves the set with its last holder
#include "hazard.h"
#include <sys/epoll.h>

int main(void) {
    int ends[2], set = epoll_create1(0);
    struct epoll_event event = {EPOLLOUT, {.u64 = 4}};
    OK(pipe(ends));
    OK(epoll_ctl(set, EPOLL_CTL_ADD, ends[1], &event));
    CHECK(epoll_wait(set, &event, 1, 0) == 1);
    checkpoint_here();
    OK(close(ends[1]));
    checkpoint_here();
    CHECK(epoll_wait(set, &event, 1, 0) == 0);
    return succeed();
}
