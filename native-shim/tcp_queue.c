/* What is on its way through a TCP connection: what one end has to read, and what the other could not send
 * yet. */
#include "outside.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* The first of what was not acknowledged may have been, in part. */
#define SLACK (1U << 17)
#define TRIES 5

/* Bytes: `size` counts on when there is no more room. */
struct contents {
    uint8_t *bytes;
    size_t capacity, size;
};

static int sequence_of(int fd, int queue, uint32_t *sequence) {
    socklen_t size = sizeof *sequence;
    int result = fp_set_tcp(fd, TCP_REPAIR_QUEUE, queue);
    if (result == 0 && getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, sequence, &size) != 0)
        result = -errno;
    return result;
}

/* What an end has to read. */
static int peek_received(int reader, struct contents *contents) {
    int size = 0;
    if (ioctl(reader, SIOCINQ, &size) != 0)
        return -errno;
    if (size > 0 && contents->size + (size_t)size <= contents->capacity) {
        ssize_t got = recv(reader, contents->bytes + contents->size, (size_t)size, MSG_PEEK | MSG_DONTWAIT);
        if (got != size)
            return got < 0 ? -errno : -EIO;
    }
    contents->size += (size_t)size;
    return 0;
}

/* The last bytes that were written: those that `reader` has not got. */
static int peek_unsent(int writer, size_t missing, struct contents *contents) {
    int queued = 0;
    if (contents->size + missing > contents->capacity) {
        contents->size += missing;
        return 0;
    }
    if (ioctl(writer, SIOCOUTQ, &queued) != 0)
        return -errno;
    const size_t most = (size_t)queued + SLACK;
    /* What the kernel would send meanwhile, it takes for sent, and sends only when it takes it for lost
     * (tcp_output.c, tcp_write_xmit): it is to take no time. */
    uint8_t *bytes =
        mmap(NULL, most, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (bytes == MAP_FAILED)
        return -errno;
    ssize_t got = recv(writer, bytes, most, MSG_PEEK | MSG_DONTWAIT);
    int result = got < 0 ? -errno : (size_t)got < missing ? -EIO : 0;
    if (result == 0)
        memcpy(contents->bytes + contents->size, bytes + got - missing, missing);
    contents->size += missing;
    munmap(bytes, most);
    return result;
}

/* Both are under repair. -EAGAIN: something has come meanwhile. */
static int peek_both(int reader, int writer, struct contents *contents) {
    uint32_t received = 0, written = 0, again = 0;
    int result = sequence_of(reader, TCP_RECV_QUEUE, &received);
    if (result == 0)
        result = peek_received(reader, contents);
    if (result == 0)
        result = sequence_of(writer, TCP_SEND_QUEUE, &written);
    /* The end of what is written has a place of its own. */
    const int is_shut = (fp_tcp_shut(writer, fp_tcp_state(writer)) & FP_SHUT_WRITE) != 0;
    const int32_t missing = (int32_t)(written - received) - is_shut;
    if (result == 0 && missing > 0)
        result = peek_unsent(writer, (size_t)missing, contents);
    if (result == 0)
        result = sequence_of(reader, TCP_RECV_QUEUE, &again);
    return result == 0 && again != received ? -EAGAIN : result;
}

/* The kernel forgets it (tcp.c, TCP_REPAIR_OFF). */
static void end_repair(int fd, int reuse) {
    fp_set_tcp(fd, TCP_REPAIR_QUEUE, TCP_NO_QUEUE);
    fp_set_tcp(fd, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
}

static int peek_stuck(int reader, int writer, struct contents *contents) {
    const int fds[2] = {reader, writer};
    int reuse[2], result = 0, begun = 0;
    for (; begun < 2 && result == 0; begun++) {
        reuse[begun] = fp_socket_number(fds[begun], SO_REUSEADDR);
        result = fp_set_tcp(fds[begun], TCP_REPAIR, TCP_REPAIR_ON);
        if (result != 0)
            break;
    }
    for (int tries = 0; result == 0 && tries < TRIES; tries++) {
        contents->size = 0;
        result = peek_both(reader, writer, contents);
        if (result != -EAGAIN)
            break;
        result = tries + 1 < TRIES ? 0 : result;
    }
    while (begun-- > 0)
        end_repair(fds[begun], reuse[begun]);
    return result;
}

FP_EXPORT int64_t fp_read_connection(int32_t pid, int32_t from, int32_t to, uint8_t *queue,
                                     int32_t capacity) {
    struct fp_queue head = {.fd = from, .size_or_offset = -1};
    const size_t before = sizeof head + sizeof(uint32_t);
    struct contents contents = {queue + before, (size_t)capacity - before, 0};
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int reader = fp_take_fd((int)pidfd, from), writer = fp_take_fd((int)pidfd, to);
    close((int)pidfd);
    int result = reader < 0 ? reader : writer < 0 ? writer : 0;
    if (result == 0)
        result = fp_await_arrival(reader, writer) == 0 ? peek_received(reader, &contents)
                                                       : peek_stuck(reader, writer, &contents);
    if (reader >= 0)
        close(reader);
    if (writer >= 0)
        close(writer);
    const uint32_t length = (uint32_t)contents.size;
    head.count = length > 0;
    head.size = length > 0 ? length + (uint32_t)sizeof length : 0;
    memcpy(queue, &head, sizeof head);
    memcpy(queue + sizeof head, &length, sizeof length);
    return result != 0 ? result : (int64_t)(sizeof head + head.size);
}
