// Two of them pass a byte to and fro through a socket. One waits for edges, of which one that is lost is never told of again; the
// other ("late") takes its time. Arguments: the socket's path, and "late" for who listens there.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

volatile long rounds;

static int listen_at(const struct sockaddr_un *address) {
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (const struct sockaddr *)address, sizeof *address) != 0 || listen(listener, 1) != 0)
        return -1;
    return accept(listener, NULL, NULL);
}

/* Waits for who listens. */
static int connect_to(const struct sockaddr_un *address) {
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    while (connect(end, (const struct sockaddr *)address, sizeof *address) != 0)
        usleep(1000);
    return end;
}

static int answer_late(int end) {
    char byte;
    while (read(end, &byte, 1) == 1) {
        usleep((unsigned)(rand() % 2500));
        if (write(end, &byte, 1) != 1)
            return 1;
    }
    return 0;
}

int main(int count, char **arguments) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
    char byte = 1;
    if (count < 2)
        return 1;
    strncpy(address.sun_path, arguments[1], sizeof address.sun_path - 1);
    if (count > 2)
        return answer_late(listen_at(&address));
    int end = connect_to(&address), set = epoll_create1(0);
    if (epoll_ctl(set, EPOLL_CTL_ADD, end, &event) != 0)
        return 2;
    for (;; rounds++) {
        if (write(end, &byte, 1) != 1)
            return 3;
        while (recv(end, &byte, 1, MSG_DONTWAIT) != 1)
            if (errno != EAGAIN || epoll_wait(set, &event, 1, -1) != 1)
                return 4;
    }
}
