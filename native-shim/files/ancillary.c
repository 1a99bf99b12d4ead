/* What comes with a message of a Unix socket beside its bytes: open files, credentials (unix(7), cmsg(3)). */
#include "outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A descriptor of the sender's process, for sockets that ask for it (SO_PASSPIDFD, linux/socket.h). */
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
/* For what else may come, as labels and times do (cmsg(3)). */
#define OTHERS 1024

union control {
    struct cmsghdr head;
    uint8_t bytes[CMSG_SPACE(FP_MOST_FLYING * sizeof(int)) + CMSG_SPACE(sizeof(struct ucred)) + OTHERS];
};

static void take_credentials(struct fp_ancillary *with, const struct cmsghdr *head) {
    struct ucred sender;
    memcpy(&sender, CMSG_DATA(head), sizeof sender);
    with->pid = sender.pid;
    with->uid = (int32_t)sender.uid;
    with->gid = (int32_t)sender.gid;
}

static void take_part(struct fp_ancillary *with, const struct cmsghdr *head) {
    const size_t size = head->cmsg_len - CMSG_LEN(0);
    if (head->cmsg_level != SOL_SOCKET)
        return;
    if (head->cmsg_type == SCM_RIGHTS) {
        with->count = (uint32_t)(size / sizeof(int));
        memcpy(with->fds, CMSG_DATA(head), with->count * sizeof(int));
    } else if (head->cmsg_type == SCM_CREDENTIALS && size >= sizeof(struct ucred)) {
        take_credentials(with, head);
    } else if (head->cmsg_type == SCM_PIDFD && size >= sizeof(int)) {
        int fd;
        memcpy(&fd, CMSG_DATA(head), sizeof fd);
        close(fd);
    }
}

ssize_t fp_peek_message(int fd, void *bytes, size_t size, struct fp_ancillary *with, int *flags) {
    union control control;
    struct iovec vector = {bytes, size};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    memset(with, 0, sizeof *with);
    ssize_t got = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    *flags = got < 0 ? 0 : message.msg_flags;
    if (got < 0)
        return -errno;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head != NULL; head = CMSG_NXTHDR(&message, head)) {
        with->is_there = 1;
        take_part(with, head);
    }
    return got;
}

void fp_drop_files(const struct fp_ancillary *with) {
    for (uint32_t i = 0; i < with->count; i++)
        close(with->fds[i]);
}

/*
 * A look that is too short for the last message still takes its files. One that faults at its last byte does
 * not, and gives what was before it: the kernel copies message by message.
 */
size_t fp_before_files(int fd, int at, void *bytes, size_t size) {
    struct iovec vectors[] = {{bytes, size - 1}, {NULL, 1}};
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = 2};
    const int after = at + (int)size;
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof at);
    ssize_t before = recvmsg(fd, &message, MSG_PEEK | MSG_DONTWAIT);
    setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &after, sizeof after);
    return before < 0 ? 0 : (size_t)before;
}

/* The caller of fp_read_queues gets them, unless there was no room for what it asked for. */
static int note_taken(struct fp_taken *taken, const struct fp_ancillary *with) {
    int *more = realloc(taken->fds, (taken->count + with->count) * sizeof *more + 1);
    if (more == NULL)
        return -ENOMEM;
    memcpy(more + taken->count, with->fds, with->count * sizeof *more);
    taken->fds = more;
    taken->count += with->count;
    return 0;
}

/* As a message has it. */
struct flying {
    int32_t fd, flags;
    int64_t offset;
};

FP_EXPORT int64_t fp_put_back_files(const uint8_t *files, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        struct flying file;
        memcpy(&file, files + (size_t)i * sizeof file, sizeof file);
        fcntl(file.fd, F_SETFL, file.flags);
        if (file.offset >= 0)
            lseek(file.fd, file.offset, SEEK_SET);
    }
    return 0;
}

int fp_add_accompanied(struct fp_messages *messages, const struct fp_ancillary *with, const void *bytes,
                       size_t size) {
    struct {
        uint32_t length, count;
        int32_t pid, uid, gid;
    } head = {(uint32_t)size | FP_ACCOMPANIED, with->count, with->pid, with->uid, with->gid};
    struct flying flying[FP_MOST_FLYING];
    if (note_taken(messages->taken, with) != 0) {
        fp_drop_files(with);
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < with->count; i++) {
        flying[i].fd = with->fds[i];
        flying[i].flags = fcntl(with->fds[i], F_GETFL);
        flying[i].offset = lseek(with->fds[i], 0, SEEK_CUR);
    }
    const size_t files = with->count * sizeof *flying;
    if (messages->size + sizeof head + files + size <= messages->capacity) {
        uint8_t *to = messages->bytes + messages->size;
        memcpy(to, &head, sizeof head);
        memcpy(to + sizeof head, flying, files);
        memcpy(to + sizeof head + files, bytes, size);
    }
    messages->size += sizeof head + files + size;
    messages->count++;
    return 0;
}
