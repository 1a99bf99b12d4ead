// stresses: threads in recv, recvmsg and in a recv with a time limit of the socket's
#include "hazard.h"
#include <sys/socket.h>
#include <sys/time.h>

static void *receive(void *socket) {
    char text[8];
    // A stop alone may end it when some of the bytes are there.
    for (long at = 0, count; at < 5; at += count)
        CHECK((count = RETRY(recv((int)(intptr_t)socket, text + at, (size_t)(5 - at), MSG_WAITALL))) > 0);
    CHECK(memcmp(text, "hello", 5) == 0);
    return NULL;
}

static void *receive_message(void *socket) {
    char text[8];
    struct iovec parts[] = {{text, 2}, {text + 2, 3}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    CHECK(recvmsg((int)(intptr_t)socket, &message, 0) == 5);
    CHECK(memcmp(text, "hello", 5) == 0);
    return NULL;
}

int main(void) {
    int stream[2], datagram[2];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, stream));
    OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagram));
    pthread_t threads[] = {start(receive, (void *)(intptr_t)stream[1]),
                           start(receive_message, (void *)(intptr_t)datagram[1])};
    let_others_block();
    checkpoint_here();
    struct timeval limit = {0, 20000};
    char byte;
    OK(setsockopt(stream[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    CHECK(RETRY(recv(stream[0], &byte, 1, 0)) == -1 && errno == EAGAIN);
    checkpoint_here();
    CHECK(send(stream[0], "hello", 5, 0) == 5);
    CHECK(send(datagram[0], "hello", 5, 0) == 5);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
