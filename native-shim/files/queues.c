/* What is in the pipes and sockets of another process, read from outside and put back from outside. */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int fp_take_fd(int pidfd, int fd) {
    long taken = syscall(SYS_pidfd_getfd, pidfd, fd, 0);
    return taken < 0 ? -errno : (int)taken;
}

void fp_add_message(struct fp_messages *messages, const void *bytes, size_t size) {
    const uint32_t length = (uint32_t)size;
    const size_t whole = sizeof length + size;
    if (messages->size + whole <= messages->capacity) {
        memcpy(messages->bytes + messages->size, &length, sizeof length);
        memcpy(messages->bytes + messages->size + sizeof length, bytes, size);
    }
    messages->size += whole;
    messages->count++;
}

static int is_socket(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int peek(int pidfd, int32_t number, struct fp_queue *queue, struct fp_messages *messages) {
    int fd = fp_take_fd(pidfd, number);
    if (fd < 0)
        return fd;
    int result = is_socket(fd) ? fp_peek_socket(fd, queue, messages) : fp_peek_pipe(fd, queue, messages);
    close(fd);
    return result;
}

FP_EXPORT int64_t fp_read_queues(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *queues,
                                 int32_t capacity) {
    size_t used = 0;
    struct fp_taken taken = {0};
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    for (int32_t i = 0; i < count; i++) {
        struct fp_queue queue = {0};
        const int fits = used + sizeof queue <= (size_t)capacity;
        uint8_t *after = queues + used + (fits ? sizeof queue : 0);
        struct fp_messages messages = {
            .bytes = after, .capacity = fits ? (size_t)capacity - used - sizeof queue : 0, .taken = &taken};
        memcpy(&queue.fd, fds + (size_t)i * sizeof queue.fd, sizeof queue.fd);
        queue.result = peek((int)pidfd, queue.fd, &queue, &messages);
        queue.count = messages.count;
        queue.size = (uint32_t)messages.size;
        if (fits)
            memcpy(queues + used, &queue, sizeof queue);
        used += sizeof queue + messages.size;
    }
    for (size_t i = 0; used > (size_t)capacity && i < taken.count; i++)
        close(taken.fds[i]);
    free(taken.fds);
    close((int)pidfd);
    return (int64_t)used;
}

FP_EXPORT int64_t fp_fill_queue(int32_t pid, int32_t reader, int32_t writer, const uint8_t *queue) {
    struct fp_queue head;
    int64_t pidfd = fp_pidfd_open(pid);
    if (pidfd < 0)
        return pidfd;
    memcpy(&head, queue, sizeof head);
    int from = fp_take_fd((int)pidfd, reader);
    int to = writer < 0 ? -1 : fp_take_fd((int)pidfd, writer);
    close((int)pidfd);
    int result = from < 0 ? from : writer >= 0 && to < 0 ? to : 0;
    if (result == 0)
        result = is_socket(from) ? fp_fill_socket(from, to, &head, queue + sizeof head)
                                 : fp_fill_pipe(from, &head, queue + sizeof head);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return result;
}

/* Appends a file's or a link's text, and a NUL. */
static size_t add_text(const char *path, int link, uint8_t *texts, size_t used, size_t capacity) {
    char chunk[4096];
    int fd = link ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    while ((got = link     ? readlink(path, chunk, sizeof chunk)
                  : fd < 0 ? 0
                           : read(fd, chunk, sizeof chunk)) > 0) {
        if (used + (size_t)got <= capacity)
            memcpy(texts + used, chunk, (size_t)got);
        used += (size_t)got;
        if (link)
            break;
    }
    if (fd >= 0)
        close(fd);
    if (used < capacity)
        texts[used] = 0;
    return used + 1;
}

FP_EXPORT int64_t fp_read_fdinfo(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *texts,
                                 int32_t capacity) {
    char path[64];
    size_t used = 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t fd;
        memcpy(&fd, fds + (size_t)i * sizeof fd, sizeof fd);
        snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
        used = add_text(path, 1, texts, used, (size_t)capacity);
        snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
        used = add_text(path, 0, texts, used, (size_t)capacity);
    }
    return (int64_t)used;
}
