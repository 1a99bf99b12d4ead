/* Pipes and sockets made anew, taken and handed over, in this process itself. */
#include "check.h"
#include "files/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { KIND, DOMAIN, TYPE, FLAGS, CLOSED = 5, SHUT, SIZES, RESULT = 9, FILES };

static struct {
    int32_t words[12];
    struct fp_end ends[2];
    uint8_t queue[256];
} made;

static void start(int kind, int domain, int type) {
    memset(&made, 0, sizeof made);
    memset(made.ends, 0xff, sizeof made.ends);
    made.words[KIND] = kind;
    made.words[DOMAIN] = domain;
    made.words[TYPE] = type;
}

static void make(void) {
    CHECK(fp_make_ends(0, (uint8_t *)&made, (int64_t)(sizeof made - sizeof made.queue)) == 0);
}

static void test_pipe(void) {
    int ends[2];
    char got[8];
    CHECK(pipe(ends) == 0 && write(ends[1], "kept", 4) == 4);
    start(0, 0, 0);
    int64_t size = fp_read_queues(getpid(), (uint8_t *)&ends[0], 1, made.queue, sizeof made.queue);
    CHECK(size == 24 + 4 + 4);
    made.words[SIZES] = (int32_t)size;
    made.words[FLAGS] = O_RDONLY | O_NONBLOCK;
    made.words[FLAGS + 1] = O_WRONLY;
    made.words[CLOSED] = 2;
    CHECK(fp_make_ends(0, (uint8_t *)&made, (int64_t)sizeof made - (int64_t)sizeof made.queue + size) == 0);
    const int reader = made.words[FILES];
    CHECK(made.words[RESULT] == 0 && made.words[FILES + 1] == -1);
    CHECK(read(reader, got, sizeof got) == 4 && memcmp(got, "kept", 4) == 0);
    CHECK(read(reader, got, sizeof got) == 0 && (fcntl(reader, F_GETFL) & O_NONBLOCK) != 0);
    close(reader);
    close(ends[0]);
    close(ends[1]);
}

static void test_pair(void) {
    char got[8];
    int value = 0;
    socklen_t size = sizeof value;
    start(1, AF_UNIX, SOCK_STREAM);
    made.words[SHUT] = 1;
    made.ends[0].pass_credentials = 1;
    made.ends[1].send_size = 8192;
    make();
    const int *pair = &made.words[FILES];
    CHECK(made.words[RESULT] == 0 && read(pair[1], got, 1) == 0 && write(pair[1], "x", 1) == 1);
    CHECK(send(pair[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
    CHECK(getsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &value, &size) == 0 && value == 1);
    CHECK(getsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &value, &size) == 0 && value == 8192);
    struct fp_end state;
    CHECK(fp_read_ends(getpid(), (const uint8_t *)&pair[1], 1, (uint8_t *)&state) == 0);
    CHECK(state.result == 0 && (state.events & POLLRDHUP) != 0 && state.send_size == 8192);
    close(pair[0]);
    close(pair[1]);
    const int32_t nothing = 4000;
    CHECK(fp_read_ends(getpid(), (const uint8_t *)&nothing, 1, (uint8_t *)&state) == 0);
    CHECK(state.result == -EBADF);
}

static void test_lone(void) {
    char got[8];
    start(2, AF_INET, SOCK_STREAM);
    make();
    CHECK(made.words[RESULT] == 0 && made.words[FILES + 1] == -1);
    CHECK(read(made.words[FILES], got, 1) == 0);
    close(made.words[FILES]);
    start(2, AF_INET, SOCK_DGRAM);
    make();
    CHECK(made.words[RESULT] == 0 && close(made.words[FILES]) == 0);
    start(2, 4000, SOCK_STREAM);
    make();
    CHECK(made.words[RESULT] < 0 && made.words[FILES] == -1);
}

static void test_taking(void) {
    struct {
        uint64_t inode;
        int32_t flags, fd;
    } wanted[3];
    int ends[2], other = 4000;
    struct stat status;
    char got[8];
    CHECK(pipe(ends) == 0 && fstat(ends[0], &status) == 0);
    for (int i = 0; i < 3; i++) {
        wanted[i].inode = i == 2 ? 1 : status.st_ino;
        wanted[i].flags = i == 0 ? O_RDONLY : O_WRONLY | O_NONBLOCK;
        wanted[i].fd = -1;
    }
    /* The end to write to is opened by way of the other one. */
    close(ends[1]);
    CHECK(fp_take_ends(getpid(), (uint8_t *)wanted, 3) == 0);
    CHECK(wanted[0].fd >= 0 && wanted[1].fd >= 0 && wanted[2].fd == -1);
    CHECK(write(wanted[1].fd, "by way", 6) == 6 && read(ends[0], got, sizeof got) == 6);
    int32_t fds[] = {ends[0], wanted[1].fd, wanted[0].fd}, first[3];
    CHECK(fp_group_files(getpid(), (uint8_t *)fds, 3, (uint8_t *)first) == 0);
    CHECK(first[0] == 0 && first[1] == 1 && first[2] == 0);
    CHECK(fp_take_ends(other, (uint8_t *)wanted, 1) < 0);
    close(ends[0]);
    close(wanted[0].fd);
    close(wanted[1].fd);
}

static void test_handing_over(void) {
    union {
        struct cmsghdr head;
        uint8_t bytes[CMSG_SPACE(sizeof(int))];
    } control;
    int pair[2], file = open("/dev/null", O_RDONLY), received;
    char byte;
    struct iovec vector = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    CHECK(file >= 0 && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
    CHECK(fp_hand_over(getpid(), pair[1], (uint8_t *)&file, 1) == 0);
    CHECK(recvmsg(pair[0], &message, 0) == 1 && control.head.cmsg_type == SCM_RIGHTS);
    memcpy(&received, CMSG_DATA(&control.head), sizeof received);
    CHECK(close(received) == 0);
    CHECK(fp_hand_over(getpid(), 4000, (uint8_t *)&file, 1) == -EBADF);
    CHECK(fp_hand_over(getpid(), pair[1], (uint8_t *)&file, 65) == -EINVAL);
    close(pair[0]);
    close(pair[1]);
    close(file);
}

int main(void) {
    test_pipe();
    test_pair();
    test_lone();
    test_taking();
    test_handing_over();
    puts("handover: ok");
    return 0;
}
