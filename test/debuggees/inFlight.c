// Open files and credentials on their way through sockets: with which bytes they come, and what of them is the program's own.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#define MOST 4

struct got {
    int files[MOST], count;
    char text[16];
    ssize_t size;
    struct ucred sender;
};

static const int on = 1;

static void put(int socket, const char *text, int count, const int *files) {
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(MOST * sizeof(int))];
    } control = {.head = {CMSG_LEN((size_t)count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    struct iovec vector = {(char *)text, strlen(text)};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 0) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(&control.head), files, (size_t)count * sizeof(int));
    }
    CHECK(sendmsg(socket, &message, MSG_DONTWAIT) == (ssize_t)strlen(text));
}

static struct got take(int socket, size_t most) {
    union {
        struct cmsghdr head;
        char bytes[256];
    } control;
    struct got got = {.count = 0};
    struct iovec vector = {got.text, most};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    got.size = recvmsg(socket, &message, MSG_DONTWAIT);
    CHECK(got.size >= 0 && (message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0);
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head))
        if (head->cmsg_type == SCM_RIGHTS) {
            got.count = (int)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(got.files, CMSG_DATA(head), (size_t)got.count * sizeof(int));
        } else if (head->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&got.sender, CMSG_DATA(head), sizeof got.sender);
        }
    return got;
}

static struct got expect(int socket, const char *text, int count) {
    struct got got = take(socket, sizeof got.text - 1);
    CHECK(got.size == (ssize_t)strlen(text) && strcmp(got.text, text) == 0 && got.count == count);
    return got;
}

static void expect_nothing(int socket) {
    char byte;
    CHECK(recv(socket, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
}

static int file_with(const char *text) {
    int file = memfd_create("file", 0);
    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text));
    return file;
}

static void expect_file(int file, const char *text, off_t offset) {
    char got[16] = {0};
    CHECK(lseek(file, 0, SEEK_CUR) == offset);
    CHECK(pread(file, got, sizeof got - 1, 0) == (ssize_t)strlen(text) && strcmp(got, text) == 0);
    CHECK(lseek(file, 1, SEEK_SET) == 1 && close(file) == 0);
}

static void make(int type, int *pair) { CHECK(socketpair(AF_UNIX, type, 0, pair) == 0); }

int main(void) {
    int stream[2], datagrams[2], packets[2], late[2], hung[2], shut[2], ends[2];
    make(SOCK_STREAM, stream);
    make(SOCK_DGRAM, datagrams);
    make(SOCK_SEQPACKET, packets);
    make(SOCK_STREAM, late);
    make(SOCK_STREAM, hung);
    make(SOCK_STREAM, shut);
    int counter = eventfd(0, EFD_NONBLOCK);
    eventfd_t count = 0;
    CHECK(pipe(ends) == 0 && counter >= 0);
    int closed = file_with("closed"), kept = file_with("kept");
    put(stream[0], "ab", 0, NULL);
    put(stream[0], "cd", 1, &closed);
    put(stream[0], "e", 0, NULL);
    // The pipe and the socket are the program's own, and made anew by a restart.
    const int three[] = {ends[1], stream[1], counter};
    put(datagrams[0], "three", 3, three);
    put(datagrams[0], "none", 0, NULL);
    put(late[0], "before", 0, NULL);
    CHECK(setsockopt(packets[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(setsockopt(late[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    put(packets[0], "who", 0, NULL);
    put(packets[0], "both", 1, &kept);
    put(hung[0], "last", 1, &kept);
    close(hung[0]);
    put(shut[0], "end", 1, &kept);
    CHECK(close(closed) == 0 && shutdown(shut[0], SHUT_WR) == 0);
    first();
    struct got got = take(stream[1], 1);
    CHECK(got.size == 1 && got.text[0] == 'a' && got.count == 0);
    expect_file(expect(stream[1], "bcd", 1).files[0], "closed", 6);
    expect(stream[1], "e", 0);
    expect_nothing(stream[1]);
    got = expect(datagrams[1], "three", 3);
    char byte = 0;
    CHECK(write(got.files[0], "p", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'p');
    put(stream[0], "s", 0, NULL);
    CHECK(read(got.files[1], &byte, 1) == 1 && byte == 's' && close(got.files[0]) == 0 && close(got.files[1]) == 0);
    CHECK(eventfd_write(got.files[2], 7) == 0 && eventfd_read(counter, &count) == 0 && count == 7);
    CHECK(close(got.files[2]) == 0);
    expect(datagrams[1], "none", 0);
    expect_nothing(datagrams[1]);
    CHECK(expect(late[1], "before", 0).sender.pid == 0);
    got = expect(packets[1], "who", 0);
    CHECK(got.sender.pid == getpid() && got.sender.uid == getuid() && got.sender.gid == getgid());
    got = expect(packets[1], "both", 1);
    CHECK(got.sender.pid == getpid());
    expect_file(got.files[0], "kept", 4);
    got = expect(hung[1], "last", 1);
    CHECK(lseek(kept, 0, SEEK_CUR) == 1 && close(got.files[0]) == 0);
    CHECK(read(hung[1], &byte, 1) == 0);
    CHECK(close(expect(shut[1], "end", 1).files[0]) == 0 && read(shut[1], &byte, 1) == 0);
    put(late[0], "after", 0, NULL);
    put(stream[1], "back", 1, &kept);
    CHECK(close(kept) == 0);
    second();
    CHECK(expect(late[1], "after", 0).sender.pid == getpid());
    expect_file(expect(stream[0], "back", 1).files[0], "kept", 1);
    expect_nothing(stream[1]);
    expect_nothing(packets[1]);
    return success();
}
