/* What is in a pipe. */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int available(int fd) {
    int bytes = 0;
    return ioctl(fd, FIONREAD, &bytes) == 0 ? bytes : -errno;
}

/* Reads all that is in a pipe that nobody else reads, one read a message. messages: 0 to throw it away. */
static int empty(int fd, struct fp_messages *messages) {
    int bytes = available(fd);
    uint8_t *chunk = bytes > 0 ? malloc((size_t)bytes) : NULL;
    if (bytes > 0 && chunk == NULL)
        return -ENOMEM;
    while (bytes > 0) {
        ssize_t got = read(fd, chunk, (size_t)bytes);
        if (got <= 0) {
            bytes = got == 0 ? 0 : -errno;
            break;
        }
        if (messages != NULL)
            fp_add_message(messages, chunk, (size_t)got);
        /* No more than there was before: it was the only room asked for. */
        bytes = available(fd);
    }
    free(chunk);
    return bytes;
}

/* tee(2) to a pipe of our own leaves what is there where it is, and keeps packets apart. */
int fp_peek_pipe(int fd, struct fp_queue *queue, struct fp_messages *messages) {
    struct pollfd state = {.fd = fd, .events = POLLIN};
    int side[2];
    int size = fcntl(fd, F_GETPIPE_SZ);
    int bytes = available(fd);
    if (size < 0 || bytes < 0)
        return size < 0 ? -errno : bytes;
    queue->size_or_offset = size;
    if (poll(&state, 1, 0) == 1 && (state.revents & POLLHUP))
        queue->flags |= FP_QUEUE_NO_WRITER;
    if (bytes == 0)
        return 0;
    if (pipe2(side, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    int result = 0;
    if (fcntl(side[1], F_GETPIPE_SZ) < size && fcntl(side[1], F_SETPIPE_SZ, size) < 0)
        result = -errno;
    if (result == 0) {
        ssize_t copied = tee(fd, side[1], (size_t)bytes, SPLICE_F_NONBLOCK);
        result = copied < 0 ? -errno : copied < bytes ? -ENOSPC : empty(side[0], messages);
    }
    close(side[0]);
    close(side[1]);
    return result;
}

static int write_messages(int fd, const struct fp_queue *queue, const uint8_t *messages) {
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    /* A description of its own: the program's may block. */
    int writer = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (writer < 0)
        return -errno;
    int result = 0;
    if ((queue->flags & FP_QUEUE_PACKETS) && fcntl(writer, F_SETFL, O_NONBLOCK | O_DIRECT) != 0)
        result = -errno;
    for (uint32_t i = 0; i < queue->count && result == 0; i++) {
        uint32_t length;
        memcpy(&length, messages, sizeof length);
        ssize_t put = write(writer, messages + sizeof length, length);
        if (put != (ssize_t)length)
            result = put < 0 ? -errno : -ENOSPC;
        messages += sizeof length + length;
    }
    close(writer);
    return result;
}

int fp_fill_pipe(int fd, const struct fp_queue *queue, const uint8_t *messages) {
    int result = empty(fd, NULL);
    if (result != 0)
        return result;
    int size = fcntl(fd, F_GETPIPE_SZ);
    if (size != queue->size_or_offset && fcntl(fd, F_SETPIPE_SZ, queue->size_or_offset) < 0)
        result = -errno;
    int written = queue->count > 0 ? write_messages(fd, queue, messages) : 0;
    return written != 0 ? written : result;
}
