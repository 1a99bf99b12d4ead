/* Files that are memory and have no name: their size, and what is in them outside of what is kept as shared
 * memory. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK (256U << 10)

/* As shim_files.h has it. */
struct kept {
    int64_t size, bytes, seals;
};
_Static_assert(sizeof(struct kept) == FP_MEMORY_FILE_SIZE, "the layout that shim_files.h states");

/* One file and the copy of it. */
struct work {
    int file, store; /* store -1: nothing is in it */
    uint8_t *chunks; /* two */
    int64_t bytes, limit;
};

typedef int (*on_part)(struct work *work, off_t from, off_t to);

/* Calls back for all parts of a file that are not left out; those are in order and do not overlap. */
static int each_part(struct work *work, const uint8_t *left_out, int32_t count, off_t size, on_part on_part) {
    int first = 0;
    off_t at = 0;
    for (int32_t i = 0; i <= count && at < size; i++) {
        struct fp_range range = {(uint64_t)size, (uint64_t)size};
        if (i < count)
            memcpy(&range, left_out + (size_t)i * sizeof range, sizeof range);
        const off_t end = (off_t)range.low < size ? (off_t)range.low : size;
        const int result = end > at ? on_part(work, at, end) : 0;
        first = first != 0 ? first : result;
        at = (off_t)range.high;
    }
    return first;
}

/* The first place from `at` on, below `end`, that has contents (SEEK_DATA) or none (SEEK_HOLE); -errno. */
static off_t seek(int fd, off_t at, off_t end, int whence) {
    off_t found = fd < 0 ? end : lseek(fd, at, whence);
    if (found < 0)
        return errno == ENXIO ? end : -errno;
    return found < end ? found : end;
}

static int keep_run(struct work *work, off_t from, off_t to) {
    work->bytes += to - from;
    if (work->bytes > work->limit)
        return -EFBIG;
    if (work->store < 0)
        work->store = memfd_create("contents", MFD_CLOEXEC);
    if (work->store < 0)
        return -errno;
    for (off_t at = from; at < to;) {
        const size_t size = to - at < (off_t)CHUNK ? (size_t)(to - at) : CHUNK;
        const ssize_t got = pread(work->file, work->chunks, size, at);
        if (got < 0)
            return -errno;
        if (got == 0) /* others have made it shorter meanwhile */
            return 0;
        if (pwrite(work->store, work->chunks, (size_t)got, at) != got)
            return errno ? -errno : -ENOSPC;
        at += got;
    }
    return 0;
}

static int keep_part(struct work *work, off_t from, off_t to) {
    for (off_t at = from; at < to;) {
        const off_t data = seek(work->file, at, to, SEEK_DATA);
        at = data < 0 || data == to ? data : seek(work->file, data, to, SEEK_HOLE);
        if (at < 0)
            return (int)at;
        const int result = data < to ? keep_run(work, data, at) : 0;
        if (result != 0)
            return result;
    }
    return 0;
}

/* Writes only what differs: what nobody may write any more (fcntl(2), F_SEAL_WRITE) is mostly right. */
static int put_run(struct work *work, int from_store, off_t from, off_t to) {
    uint8_t *wanted = work->chunks, *now = work->chunks + CHUNK;
    memset(wanted, 0, CHUNK);
    for (off_t at = from; at < to;) {
        const size_t size = to - at < (off_t)CHUNK ? (size_t)(to - at) : CHUNK;
        if (from_store && pread(work->store, wanted, size, at) < 0)
            return -errno;
        const ssize_t had = pread(work->file, now, size, at);
        if ((had != (ssize_t)size || memcmp(wanted, now, size) != 0) &&
            pwrite(work->file, wanted, size, at) != (ssize_t)size)
            return errno ? -errno : -ENOSPC;
        at += (off_t)size;
    }
    return 0;
}

/* Frees what has got contents since. */
static int put_hole(struct work *work, off_t from, off_t to) {
    const off_t data = seek(work->file, from, to, SEEK_DATA);
    if (data < 0 || data == to)
        return (int)(data < 0 ? data : 0);
    if (fallocate(work->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from) == 0)
        return 0;
    return put_run(work, 0, data, to);
}

static int put_part(struct work *work, off_t from, off_t to) {
    int first = 0;
    for (off_t at = from; at < to;) {
        const off_t data = seek(work->store, at, to, SEEK_DATA);
        if (data < 0)
            return (int)data;
        int result = data > at ? put_hole(work, at, data) : 0;
        first = first != 0 ? first : result;
        at = data == to ? to : seek(work->store, data, to, SEEK_HOLE);
        if (at < 0)
            return (int)at;
        result = data < to ? put_run(work, 1, data, at) : 0;
        first = first != 0 ? first : result;
    }
    return first;
}

/* A file that has been given a name is no longer one of these. */
static int open_nameless(const char *path, struct stat *status) {
    const int file = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return -errno;
    const int result = fstat(file, status) != 0 ? -errno : status->st_nlink > 0 ? -EEXIST : file;
    if (result < 0)
        close(file);
    return result;
}

static int64_t seals_of(int file) {
    const int seals = fcntl(file, F_GET_SEALS);
    return seals < 0 ? F_SEAL_SEAL : seals;
}

FP_EXPORT int64_t fp_keep_memory_file(const char *path, const uint8_t *left_out, int32_t count, int64_t limit,
                                      uint8_t *result) {
    struct stat status;
    struct work work = {.file = open_nameless(path, &status), .store = -1, .limit = limit};
    if (work.file < 0)
        return work.file;
    work.chunks = malloc(2 * (size_t)CHUNK);
    struct kept kept = {.size = status.st_size, .seals = seals_of(work.file)};
    const int error =
        work.chunks == NULL ? -ENOMEM : each_part(&work, left_out, count, status.st_size, keep_part);
    kept.bytes = error != 0 ? error : work.bytes;
    memcpy(result, &kept, sizeof kept);
    free(work.chunks);
    close(work.file);
    if (error != 0 && work.store >= 0)
        close(work.store);
    return error != 0 || work.store < 0 ? -ENODATA : work.store;
}

FP_EXPORT int64_t fp_put_back_memory_file(const char *path, int32_t store, const uint8_t *left_out,
                                          int32_t count, const uint8_t *record) {
    struct stat status;
    struct kept kept;
    struct work work = {.file = open_nameless(path, &status), .store = store < 0 ? -1 : store};
    if (work.file < 0)
        return work.file;
    memcpy(&kept, record, sizeof kept);
    int first = status.st_size != kept.size && ftruncate(work.file, kept.size) != 0 ? -errno : 0;
    work.chunks = malloc(2 * (size_t)CHUNK);
    if (kept.bytes >= 0) {
        const int result =
            work.chunks == NULL ? -ENOMEM : each_part(&work, left_out, count, kept.size, put_part);
        first = first != 0 ? first : result;
    }
    const int64_t seals = seals_of(work.file);
    free(work.chunks);
    close(work.file);
    return first != 0 ? first : seals;
}
