/* Sockets without a connection, looked at, closed and opened anew, in this process itself. */
#include "check.h"
#include "files/outside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct fp_socket_image image;

static struct sockaddr_in loopback = {.sin_family = AF_INET};

static void look(int fd, int state) {
    CHECK(fp_read_socket_images(getpid(), (uint8_t *)&fd, 1, (uint8_t *)&image) == 0);
    CHECK(image.state == state);
}

/* As fp_make_ends takes it (shim_files.h). Gives the socket. */
static int make(int expected) {
    static struct {
        int32_t words[12];
        struct fp_end ends[2];
        struct fp_socket_image image;
    } made;
    memset(&made, 0, sizeof made);
    memset(made.ends, 0xff, sizeof made.ends);
    made.words[0] = 3;
    made.words[1] = image.domain;
    made.words[2] = image.type;
    made.words[3] = O_RDWR | O_NONBLOCK;
    made.words[5] = 2;
    made.words[7] = sizeof image;
    made.image = image;
    CHECK(fp_make_ends(getpid(), (uint8_t *)&made, sizeof made) == 0);
    CHECK(made.words[9] == expected && made.words[10] >= 0 && made.words[11] == -1);
    CHECK((fcntl(made.words[10], F_GETFL) & O_NONBLOCK) != 0);
    return made.words[10];
}

static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    CHECK(getsockopt(fd, level, name, &value, &size) == 0);
    return value;
}

static void set(int fd, int level, int name, int value) {
    CHECK(setsockopt(fd, level, name, &value, sizeof value) == 0);
}

static void test_unbound(void) {
    const int types[] = {SOCK_STREAM, SOCK_DGRAM};
    int multipath = socket(AF_INET, SOCK_STREAM, FP_MPTCP);
    if (multipath >= 0) {
        look(multipath, FP_SOCKET_UNBOUND);
        close(multipath);
        multipath = make(0);
        look(multipath, FP_SOCKET_UNBOUND);
        CHECK(image.protocol == FP_MPTCP);
        close(multipath);
    }
    for (int i = 0; i < 6; i++) {
        int fd = socket((int[]){AF_UNIX, AF_INET, AF_INET6}[i / 2], types[i % 2], 0);
        if (fd < 0)
            continue;
        look(fd, FP_SOCKET_UNBOUND);
        CHECK(fp_is_like(fd, (uint8_t *)&image) == 1);
        close(fd);
        fd = make(0);
        look(fd, FP_SOCKET_UNBOUND);
        close(fd);
    }
}

static void test_listener(void) {
    const struct linger waits = {1, 5};
    struct linger is;
    socklen_t size = sizeof loopback;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    set(fd, IPPROTO_IP, IP_TOS, 16);
    set(fd, SOL_SOCKET, SO_PRIORITY, 3);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 9);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_LINGER, &waits, sizeof waits) == 0);
    CHECK(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4) == 0);
    CHECK(bind(fd, (struct sockaddr *)&loopback, size) == 0);
    look(fd, FP_SOCKET_BOUND);
    CHECK(listen(fd, 3) == 0 && getsockname(fd, (struct sockaddr *)&loopback, &size) == 0);
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 0);
    look(fd, FP_SOCKET_LISTENING);
    CHECK(image.backlog == 3 && fp_is_like(fd, (uint8_t *)&image) == 1);
    const int deferred = option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT);
    int unbound = make(-EADDRINUSE);
    CHECK(option(unbound, SOL_SOCKET, SO_ACCEPTCONN) == 0);
    close(unbound);
    close(fd);
    fd = make(0);
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 1);
    int taken = (int)fp_take_like(getpid(), (uint8_t *)&image, NULL, 0);
    CHECK(taken >= 0 && fp_take_like(getpid(), (uint8_t *)&image, (uint8_t *)&fd, 1) == -ENOENT);
    close(taken);
    look(fd, FP_SOCKET_LISTENING);
    CHECK(image.backlog == 3 && option(fd, SOL_SOCKET, SO_REUSEADDR) == 0);
    CHECK(option(fd, IPPROTO_IP, IP_TOS) == 16 && option(fd, SOL_SOCKET, SO_PRIORITY) == 3);
    CHECK(option(fd, IPPROTO_TCP, TCP_NODELAY) == 1);
    CHECK(option(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT) == deferred);
    size = sizeof is;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_LINGER, &is, &size) == 0 && is.l_onoff == 1 && is.l_linger == 5);
    char congestion[16] = "";
    size = sizeof congestion;
    CHECK(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, congestion, &size) == 0);
    CHECK(strcmp(congestion, "reno") == 0);
    close(fd);
}

static void test_datagrams(void) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&any, sizeof any) == 0);
    look(fd, FP_SOCKET_BOUND);
    any.sin_port = htons(9);
    CHECK(connect(fd, (struct sockaddr *)&any, sizeof any) == 0);
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 0);
    look(fd, FP_SOCKET_CONNECTED);
    close(fd);
    fd = make(0);
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 1);
    close(fd);
    /* Its address came with the peer, and goes with it. */
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&any, sizeof any) == 0);
    look(fd, FP_SOCKET_CONNECTED);
    close(fd);
    fd = make(0);
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 1 && connect(fd, &nobody, sizeof nobody) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&own, &size) == 0 && own.sin_addr.s_addr == INADDR_ANY);
    close(fd);
}

static void test_unix(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0forkpoint test"};
    const socklen_t size = offsetof(struct sockaddr_un, sun_path) + 15;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(bind(fd, (struct sockaddr *)&name, size) == 0);
    look(fd, FP_SOCKET_BOUND);
    CHECK(listen(fd, 6) == 0);
    look(fd, FP_SOCKET_LISTENING);
    CHECK(image.backlog == 6);
    close(fd);
    fd = make(0);
    CHECK(fp_is_like(fd, (uint8_t *)&image) == 1);
    int client = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    CHECK(connect(client, (struct sockaddr *)&name, size) == 0);
    look(client, FP_SOCKET_OTHER);
    close(client);
    close(fd);
}

static void test_others(void) {
    struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 0xffff);
    struct sock_fprog program = {1, &pass};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
    look(fd, FP_SOCKET_OTHER);
    close(fd);
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "/tmp/forkpoint-socket-image"};
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    unlink(name.sun_path);
    CHECK(bind(fd, (struct sockaddr *)&name, sizeof name) == 0);
    unlink(name.sun_path);
    look(fd, FP_SOCKET_OTHER);
    close(fd);
    look(1000, FP_SOCKET_OTHER);
    fd = 0;
    CHECK(fp_read_socket_images(0x7ffffff0, (uint8_t *)&fd, 1, (uint8_t *)&image) == -ESRCH);
}

int main(void) {
    loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    test_unbound();
    test_listener();
    test_datagrams();
    test_unix();
    test_others();
    puts("socket_image: ok");
    return 0;
}
