/* What is on its way through a TCP connection, looked at without touching it. */
#include "outside.h"

#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* What an end has to read, where there is room for it. Gives its size, or -errno. */
static int peek_received(int reader, uint8_t *bytes, size_t capacity) {
    int size = 0;
    if (ioctl(reader, SIOCINQ, &size) != 0)
        return -errno;
    if (size == 0 || (size_t)size > capacity)
        return size;
    ssize_t got = recv(reader, bytes, (size_t)size, MSG_PEEK | MSG_DONTWAIT);
    return got == size ? size : got < 0 ? -errno : -EIO;
}

FP_EXPORT int64_t fp_read_connection(int32_t pid, int32_t from, int32_t to, uint8_t *queue,
                                     int32_t capacity) {
    struct fp_queue head = {.fd = from, .size_or_offset = -1};
    const uint32_t before = sizeof head + sizeof(uint32_t);
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    int reader = fp_take_fd((int)pidfd, from), writer = fp_take_fd((int)pidfd, to);
    close((int)pidfd);
    int size = reader < 0 ? reader : writer < 0 ? writer : 0;
    if (size == 0)
        size = fp_await_arrival(reader, writer) == 0
                   ? peek_received(reader, queue + before, (uint32_t)capacity - before)
                   : -EAGAIN;
    if (reader >= 0)
        close(reader);
    if (writer >= 0)
        close(writer);
    if (size < 0)
        return size;
    const uint32_t length = (uint32_t)size;
    head.count = length > 0;
    head.size = length > 0 ? length + (uint32_t)sizeof length : 0;
    memcpy(queue, &head, sizeof head);
    memcpy(queue + sizeof head, &length, sizeof length);
    return (int64_t)(sizeof head + head.size);
}
