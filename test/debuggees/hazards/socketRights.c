// stresses: a descriptor on its way through a socket (SCM_RIGHTS)
#include "hazard.h"
#include <sys/socket.h>

union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

static void send_file(int socket, int file) {
    union control control = {.header = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec part = {"f", 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memcpy(CMSG_DATA(&control.header), &file, sizeof file);
    CHECK(sendmsg(socket, &message, 0) == 1);
}

static int receive_file(int socket) {
    union control control;
    char byte;
    int file;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    CHECK(recvmsg(socket, &message, MSG_DONTWAIT) == 1 && byte == 'f');
    CHECK(control.header.cmsg_type == SCM_RIGHTS);
    memcpy(&file, CMSG_DATA(&control.header), sizeof file);
    return file;
}

int main(void) {
    int pair[2], file = temporary_file();
    char text[5];
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    CHECK(write(file, "hello", 5) == 5);
    // At every place there is one on its way.
    send_file(pair[0], file);
    send_file(pair[0], file);
    OK(close(file));
    checkpoint_here();
    for (int i = 0; i < 2; i++) {
        int received = receive_file(pair[1]);
        CHECK(pread(received, text, 5, 0) == 5 && memcmp(text, "hello", 5) == 0);
        if (i == 0)
            checkpoint_here();
    }
    return succeed();
}
