/* What is on its way through a TCP connection, looked at without touching it. */
#include "outside.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Bytes: `size` counts on when there is no more room. */
struct contents {
    uint8_t *bytes;
    size_t capacity, size;
};

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
        result = fp_await_arrival(reader, writer) == 0 ? peek_received(reader, &contents) : -EAGAIN;
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
