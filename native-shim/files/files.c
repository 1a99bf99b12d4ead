/* Copies of files' contents: by reference where the file system can, else in memory. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (256U << 10)

/* Makes `to` have what `from` has, and writes only what differs. */
static int copy_contents(int from, int to, off_t size) {
    uint8_t *chunks = malloc(2 * (size_t)CHUNK);
    if (chunks == NULL)
        return -ENOMEM;
    int result = 0;
    for (off_t at = 0; at < size && result == 0;) {
        ssize_t got = pread(from, chunks, CHUNK, at);
        if (got <= 0) {
            result = got < 0 ? -errno : -EIO;
            break;
        }
        ssize_t had = pread(to, chunks + CHUNK, (size_t)got, at);
        if ((had != got || memcmp(chunks, chunks + CHUNK, (size_t)got) != 0) &&
            pwrite(to, chunks, (size_t)got, at) != got)
            result = errno ? -errno : -EIO;
        at += got;
    }
    free(chunks);
    if (result == 0 && ftruncate(to, size) != 0)
        result = -errno;
    return result;
}

/* A file without a name beside the others: only there a file system can share blocks with them. */
static int clone_beside(int source, const char *folder) {
    int copy = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (copy < 0)
        return -errno;
    if (ioctl(copy, FICLONE, source) == 0)
        return copy;
    int error = errno;
    close(copy);
    return -error;
}

FP_EXPORT int64_t fp_copy_file(const char *path, const char *folder, int64_t limit, uint8_t *result) {
    struct stat status;
    int64_t held = 0;
    memcpy(result, &held, sizeof held);
    int source = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (source < 0)
        return -errno;
    int copy = fstat(source, &status) != 0 ? -errno : clone_beside(source, folder);
    if (copy < 0) {
        copy = status.st_size > limit ? -EFBIG : memfd_create("contents", MFD_CLOEXEC);
        int copied = copy < 0 ? 0 : copy_contents(source, copy, status.st_size);
        if (copied != 0) {
            close(copy);
            copy = copied;
        }
        held = status.st_size;
        memcpy(result, &held, sizeof held);
    }
    close(source);
    return copy;
}

static int write_back(int copy, int file) {
    struct stat status;
    if (fstat(copy, &status) != 0)
        return -errno;
    if (ioctl(file, FICLONE, copy) == 0)
        return ftruncate(file, status.st_size) == 0 ? 0 : -errno;
    return copy_contents(copy, file, status.st_size);
}

FP_EXPORT int64_t fp_write_file(const char *path, int32_t copy) {
    int file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return -errno;
    int result = write_back(copy, file);
    close(file);
    return result;
}

FP_EXPORT int64_t fp_create_file(const char *path, int32_t copy, int32_t mode, int32_t owner, int32_t group) {
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        return -errno;
    int result = write_back(copy, file);
    if (fchown(file, (uid_t)owner, (gid_t)group) != 0 && errno != EPERM && result == 0)
        result = -errno;
    if (fchmod(file, (mode_t)mode) != 0 && result == 0)
        result = -errno;
    if (result != 0)
        unlink(path);
    close(file);
    return result;
}
