// Pipes and sockets that others hold: a child, somebody at the other end of standard output. Descriptors in flight.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

// An empty message cannot be looked at twice: what comes with it stays where it is.
static void send_descriptor(int socket, int fd) {
    char space[CMSG_SPACE(sizeof fd)] = {0};
    struct msghdr message = {.msg_control = space, .msg_controllen = sizeof space};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    CHECK(sendmsg(socket, &message, 0) == 0);
}

int main(void) {
    int with_child[2], pair[2], flying[2], half[2], served[2], lone[2];
    char byte;
    CHECK(pipe(with_child) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    CHECK(pipe(half) == 0 && pipe(lone) == 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, flying) == 0);
    CHECK(pipe(served) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(with_child[1]);
        for (int i = 0; i < 2; i++)
            close(lone[i]), close(flying[i]), close(half[i]);
        _exit(read(with_child[0], &byte, 1) == 1);
    }
    // As popen(3) does: this end is the program's, the other one the child's.
    close(served[1]);
    CHECK(write(half[1], "rest", 4) == 4 && write(lone[1], "own", 3) == 3);
    send_descriptor(flying[0], with_child[1]);
    int listening = socket(AF_INET, SOCK_STREAM, 0), fresh = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    CHECK(listening >= 0 && fresh >= 0 && bind(listening, (void *)&any, sizeof any) == 0);
    CHECK(listen(listening, 1) == 0);
    first();
    char got[8] = {0};
    CHECK(read(lone[0], got, sizeof got) == 3 && strcmp(got, "own") == 0);
    close(half[1]);
    second();
    // The first checkpoint's copy holds what the program has closed; nobody else does.
    CHECK(read(half[0], got, sizeof got) == 4 && memcmp(got, "rest", 4) == 0);
    CHECK(write(with_child[1], "x", 1) == 1 && (waitpid(child, NULL, 0) == child || errno == ECHILD));
    return success();
}
