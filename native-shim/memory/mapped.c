/* Files that a process has mapped shared, to be written: what is in them, copied, compared and put back
 * through its mappings. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096U
#define CHUNK (256U << 10)

struct mapped {
    struct fp_range range;
    uint64_t place; /* in the store */
    int64_t saved;
    uint64_t differing; /* pages */
};
_Static_assert(sizeof(struct mapped) == FP_AREA_SIZE, "the layout that shim_memory.h states");

/* Up to the first page that is not there: behind the file's end. */
static size_t read_pages(int memory, uint8_t *bytes, size_t size, uint64_t address) {
    ssize_t got = pread(memory, bytes, size, (off_t)address);
    if (got == (ssize_t)size)
        return size;
    for (size_t at = 0; at < size; at += PAGE)
        if (pread(memory, bytes + at, PAGE, (off_t)(address + at)) != PAGE)
            return at;
    return size;
}

static int64_t save_one(int memory, int store, struct mapped *area, uint8_t *chunk, int64_t limit) {
    int64_t saved = 0;
    const uint64_t most = limit > 0 ? (uint64_t)limit : 0;
    if (area->range.high - area->range.low > most &&
        read_pages(memory, chunk, PAGE, area->range.low + most / PAGE * PAGE) == PAGE)
        return -EFBIG;
    for (uint64_t at = area->range.low; at < area->range.high;) {
        const uint64_t left = area->range.high - at;
        const size_t wanted = left < CHUNK ? (size_t)left : CHUNK;
        const size_t got = read_pages(memory, chunk, wanted, at);
        if (saved + (int64_t)got > limit)
            return -EFBIG;
        if (pwrite(store, chunk, got, (off_t)area->place + saved) != (ssize_t)got)
            return errno ? -errno : -ENOSPC;
        saved += (int64_t)got;
        at += got;
        if (got < wanted)
            break;
    }
    return saved;
}

/* Gives a descriptor or -errno, and memory for chunks of both sides. */
static int64_t begin(int32_t pid, uint8_t **chunks) {
    int64_t memory = fp_open_memory(pid);
    *chunks = memory < 0 ? NULL : malloc(2 * (size_t)CHUNK);
    if (memory < 0 || *chunks != NULL)
        return memory;
    close((int)memory);
    return -ENOMEM;
}

static void end(int64_t memory, uint8_t *chunks) {
    free(chunks);
    close((int)memory);
}

FP_EXPORT int64_t fp_save_mapped(int32_t pid, uint8_t *areas, int32_t count, int64_t limit) {
    uint8_t *chunks;
    uint64_t place = 0;
    int64_t memory = begin(pid, &chunks);
    if (memory < 0)
        return memory;
    int store = memfd_create("mapped", MFD_CLOEXEC);
    int64_t result = store < 0 ? -errno : store;
    for (int32_t i = 0; i < count && store >= 0; i++) {
        struct mapped area;
        memcpy(&area, areas + (size_t)i * sizeof area, sizeof area);
        area.place = place;
        area.saved = save_one((int)memory, store, &area, chunks, limit);
        if (area.saved < 0 && ftruncate(store, (off_t)place) != 0)
            area.saved = -errno;
        place += area.saved > 0 ? (uint64_t)area.saved : 0;
        limit -= area.saved > 0 ? area.saved : 0;
        memcpy(areas + (size_t)i * sizeof area, &area, sizeof area);
    }
    end(memory, chunks);
    return result;
}

/* Looks at a chunk page by page; 1 in `write`: makes the process's like the saved one. -errno of the first
 * that cannot be. */
static int64_t take_pages(int memory, const uint8_t *now, const uint8_t *saved, size_t size, size_t got,
                          uint64_t address, int write, uint64_t *differing) {
    int64_t first = 0;
    for (size_t at = 0; at < size; at += PAGE) {
        if (at < got && memcmp(now + at, saved + at, PAGE) == 0)
            continue;
        ++*differing;
        if (write && pwrite(memory, saved + at, PAGE, (off_t)(address + at)) != PAGE && first == 0)
            first = errno ? -errno : -EFAULT;
    }
    return first;
}

static int64_t go_through(int memory, int store, struct mapped *area, uint8_t *chunks, int write) {
    int64_t first = 0;
    area->differing = 0;
    for (int64_t at = 0; at < area->saved;) {
        const int64_t left = area->saved - at;
        const size_t size = left < CHUNK ? (size_t)left : CHUNK;
        const uint64_t address = area->range.low + (uint64_t)at;
        if (pread(store, chunks + CHUNK, size, (off_t)area->place + at) != (ssize_t)size)
            return -EIO;
        const size_t got = read_pages(memory, chunks, size, address);
        int64_t result =
            take_pages(memory, chunks, chunks + CHUNK, size, got, address, write, &area->differing);
        first = first != 0 ? first : result;
        at += (int64_t)size;
    }
    return first;
}

FP_EXPORT int64_t fp_restore_mapped(int32_t pid, int32_t store, uint8_t *areas, int32_t count,
                                    int32_t write) {
    uint8_t *chunks;
    int64_t memory = begin(pid, &chunks), first = 0;
    if (memory < 0)
        return memory;
    for (int32_t i = 0; i < count; i++) {
        struct mapped area;
        memcpy(&area, areas + (size_t)i * sizeof area, sizeof area);
        int64_t result = go_through((int)memory, store, &area, chunks, write);
        first = first != 0 ? first : result;
        memcpy(areas + (size_t)i * sizeof area, &area, sizeof area);
    }
    end(memory, chunks);
    return first;
}
