// stresses: threads in calls on sockets that have a time-out, which a stop ends with EINTR
// builds: default static musl
#include "hazard.h"
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

enum call { RECV, RECVMSG, READ, READV, ACCEPT, SEND, CALLS };

struct end {
    int ours, theirs, filled;
    enum call call;
};

static void limit(int fd, int name) {
    struct timeval hour = {3600, 0};
    OK(setsockopt(fd, SOL_SOCKET, name, &hour, sizeof hour));
}

static long do_call(struct end *end, char *byte) {
    struct iovec vector = {byte, 1};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    switch (end->call) {
    case RECV:
        return recv(end->ours, byte, 1, 0);
    case RECVMSG:
        return recvmsg(end->ours, &message, 0);
    case READ:
        return read(end->ours, byte, 1);
    case READV:
        return readv(end->ours, &vector, 1);
    case ACCEPT:
        *byte = 'x';
        return accept(end->ours, NULL, NULL) >= 0;
    default:
        *byte = 'x';
        return send(end->ours, byte, 1, 0);
    }
}

static void *wait_for_it(void *argument) {
    char byte = 0;
    CHECK(do_call(argument, &byte) == 1 && byte == 'x');
    return NULL;
}

static void make(struct end *end, enum call call) {
    int ends[2];
    *end = (struct end){.call = call};
    if (call != ACCEPT) {
        OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
        end->ours = ends[0];
        end->theirs = ends[1];
    } else {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        CHECK((end->ours = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
        OK(bind(end->ours, (struct sockaddr *)&address, sizeof address));
        OK(listen(end->ours, 1));
    }
    // Behind what is sent already: of a call that has sent a part, a stop leaves that part.
    while (call == SEND && send(end->ours, &call, 1, MSG_DONTWAIT) == 1)
        end->filled++;
    limit(end->ours, SO_RCVTIMEO);
    limit(end->ours, SO_SNDTIMEO);
}

static void satisfy(struct end *end) {
    static char much[1 << 16];
    if (end->call == SEND) {
        for (int left = end->filled + 1; left > 0;) {
            const int got = (int)read(end->theirs, much, sizeof much);
            CHECK(got > 0);
            left -= got;
        }
    } else if (end->call == ACCEPT) {
        struct sockaddr_in address;
        socklen_t size = sizeof address;
        const int fd = socket(AF_INET, SOCK_STREAM, 0);
        OK(getsockname(end->ours, (struct sockaddr *)&address, &size));
        // A restart from in between finds it connected: connections stay as they are.
        CHECK(connect(fd, (struct sockaddr *)&address, size) == 0 || errno == EISCONN);
        OK(close(fd));
    } else
        CHECK(write(end->theirs, "x", 1) == 1);
}

int main(void) {
    struct end ends[CALLS];
    pthread_t threads[CALLS];
    for (enum call call = 0; call < CALLS; call++) {
        make(&ends[call], call);
        threads[call] = start(wait_for_it, &ends[call]);
    }
    let_others_block();
    checkpoint_here();
    let_others_block();
    checkpoint_here();
    for (enum call call = 0; call < CALLS; call++) {
        satisfy(&ends[call]);
        join(threads[call]);
    }
    return succeed();
}
