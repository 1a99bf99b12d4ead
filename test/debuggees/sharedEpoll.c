// An epoll set that a child has as well: what one puts into it, the other waits for. The child ends before `second` when told to.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static int set, command[2], own[2];

static void control(int operation, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    CHECK(epoll_ctl(set, operation, fd, &event) == 0);
}

// The data of all that is ready, summed: each is another power of two.
static int ready(void) {
    struct epoll_event events[16];
    int sum = 0, count = epoll_wait(set, events, 16, 0);
    CHECK(count >= 0);
    for (int i = 0; i < count; i++)
        sum += (int)events[i].data.u64;
    return sum;
}

// Tells what is ready ('r'), has an entry of its own ('a') or has not ('d'), ends ('x').
static int serve(void) {
    int socket = command[1], mine = eventfd(1, EFD_NONBLOCK);
    char asked;
    close(command[0]);
    close(own[0]);
    close(own[1]);
    while (read(socket, &asked, 1) == 1 && asked != 'x') {
        if (asked == 'a')
            control(EPOLL_CTL_ADD, mine, EPOLLIN, 64);
        if (asked == 'd')
            control(EPOLL_CTL_DEL, mine, 0, 0);
        int sum = ready();
        CHECK(write(socket, &sum, sizeof sum) == sizeof sum);
    }
    return 0;
}

static int ask(char what) {
    int sum;
    CHECK(write(command[0], &what, 1) == 1 && read(command[0], &sum, sizeof sum) == sizeof sum);
    return sum;
}

int main(int count, char **arguments) {
    const uint64_t one = 1;
    int event = eventfd(0, EFD_NONBLOCK), gone = eventfd(1, EFD_NONBLOCK);
    set = epoll_create1(EPOLL_CLOEXEC);
    CHECK(set >= 0 && pipe(own) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, command) == 0);
    control(EPOLL_CTL_ADD, own[0], EPOLLIN, 1);
    control(EPOLL_CTL_ADD, gone, EPOLLIN, 2);
    control(EPOLL_CTL_ADD, command[0], EPOLLIN | EPOLLOUT, 4);
    CHECK(write(own[1], "x", 1) == 1);
    pid_t child = fork();
    if (child == 0)
        _exit(serve());
    close(command[1]);
    CHECK(ready() == 7 && ask('r') == 7);
    first();
    CHECK(ready() == 7);
    if (count > 1) {
        // It may have been told before.
        send(command[0], "x", 1, MSG_NOSIGNAL);
        second();
        CHECK(ready() == 3 + 4);
        return success();
    }
    CHECK(ask('r') == 7 && ask('a') == 7 + 64 && ready() == 7 + 64);
    // A file that the checkpoint's copy has, one that is new, one that is put in otherwise and one that is taken out.
    int added = eventfd(1, EFD_NONBLOCK);
    CHECK(write(event, &one, sizeof one) == sizeof one);
    control(EPOLL_CTL_ADD, event, EPOLLIN, 8);
    control(EPOLL_CTL_ADD, added, EPOLLIN, 16);
    control(EPOLL_CTL_MOD, own[0], EPOLLIN, 32);
    control(EPOLL_CTL_DEL, gone, 0, 0);
    CHECK(ready() == 124 && ask('r') == 124);
    second();
    CHECK(ready() == 124 && ask('r') == 124);
    CHECK(ask('d') == 60);
    return success();
}
