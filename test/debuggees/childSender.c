// A message of a child that has ended, with its credentials, in a socket pair of the program's own.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <sys/socket.h>
#include <sys/wait.h>

int main(void) {
    int pair[2];
    const int on = 1;
    char space[CMSG_SPACE(sizeof(struct ucred))], text[8] = {0};
    struct iovec vector = {text, sizeof text - 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    struct ucred sender;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(send(pair[0], "child", 5, 0) != 5);
    CHECK(waitpid(child, NULL, 0) == child);
    first();
    CHECK(recvmsg(pair[1], &message, MSG_DONTWAIT) == 5 && strcmp(text, "child") == 0);
    memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof sender);
    printf("%s\n", sender.pid == child ? "the child's" : sender.pid == 0 ? "nobody's" : "another's");
    return success();
}
