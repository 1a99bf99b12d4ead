/* Shared memory of a process, copied and put back. */
#include "copies/remote.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096ULL
#define HOLES_AT_ONCE 16
#define ENTRIES 512
#define ENTRY_PRESENT (1ULL << 63)
#define ENTRY_EXCLUSIVE (1ULL << 56)

/* Bytes that page tables of others show, too. */
static uint64_t bytes_of_others(int pagemap, const struct fp_runs *runs) {
    uint64_t entries[ENTRIES], bytes = 0;
    for (size_t i = 0; i < runs->count; i++)
        for (uint64_t at = runs->list[i].low; at < runs->list[i].high;) {
            const uint64_t left = (runs->list[i].high - at) / PAGE;
            const size_t size = (left < ENTRIES ? left : ENTRIES) * sizeof *entries;
            ssize_t got = pread(pagemap, entries, size, (off_t)(at / PAGE * sizeof *entries));
            if (got <= 0)
                return bytes;
            const size_t count = (size_t)got / sizeof *entries;
            for (size_t entry = 0; entry < count; entry++)
                if ((entries[entry] & (ENTRY_PRESENT | ENTRY_EXCLUSIVE)) == ENTRY_PRESENT)
                    bytes += PAGE;
            at += count * PAGE;
        }
    return bytes;
}

/*
 * Makes a page of the process like `wanted` (NULL: zeros), whatever access the process itself has to it. What
 * nobody may write any more (fcntl(2), F_SEAL_WRITE) is mostly like it already.
 */
static int put_page(int memory, const uint8_t *wanted, uint64_t address) {
    static const uint8_t zeros[PAGE];
    uint8_t now[PAGE];
    const uint8_t *page = wanted != NULL ? wanted : zeros;
    if (pread(memory, now, PAGE, (off_t)address) == (ssize_t)PAGE && memcmp(now, page, PAGE) == 0)
        return 0;
    return pwrite(memory, page, PAGE, (off_t)address) == (ssize_t)PAGE ? 0 : -EACCES;
}

/* Moves between the process and `local`; 1: to the process. Through /proc/PID/mem where the program has no
 * access. */
static int move(pid_t tid, int memory, int to_process, void *local, uint64_t address, size_t size) {
    for (size_t done = 0; done < size;) {
        uint8_t *at = (uint8_t *)local + done;
        struct iovec here = {at, size - done};
        struct iovec there = {(void *)(address + done), size - done};
        ssize_t got = to_process ? process_vm_writev(tid, &here, 1, &there, 1, 0)
                                 : process_vm_readv(tid, &here, 1, &there, 1, 0);
        if (got < 0 && errno != EFAULT)
            return -errno;
        if (got <= 0 && !to_process && pread(memory, at, PAGE, (off_t)(address + done)) != (ssize_t)PAGE)
            return -EFAULT;
        int put = got <= 0 && to_process ? put_page(memory, at, address + done) : 0;
        if (put != 0)
            return put;
        done += got > 0 ? (size_t)got : PAGE;
    }
    return 0;
}

/* Moves runs of an area; its contents are in `store` from `base` on. */
static int move_runs(pid_t tid, int memory, int to_process, int store, uint64_t base,
                     const struct fp_shared_area *area, const struct fp_runs *runs) {
    const size_t size = area->range.high - area->range.low;
    uint8_t *view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, store, (off_t)base);
    int result = view == MAP_FAILED ? -errno : 0;
    for (size_t i = 0; i < runs->count && result == 0; i++)
        result = move(tid, memory, to_process, view + (runs->list[i].low - area->range.low),
                      runs->list[i].low, runs->list[i].high - runs->list[i].low);
    if (view != MAP_FAILED)
        munmap(view, size);
    return result;
}

/* /proc/PID/mem, open. */
static int memory_of(const uint8_t *site) {
    struct fp_site place;
    memcpy(&place, site, sizeof place);
    return place.memory;
}

static int64_t save_area(pid_t tid, const uint8_t *site, int store, uint64_t base,
                         struct fp_shared_area *area, int64_t limit) {
    struct fp_runs runs = {0};
    const off_t size = (off_t)(area->range.high - area->range.low);
    int64_t result = ftruncate(store, (off_t)base + size) == 0 ? 0 : -errno;
    if (result == 0)
        result = fp_shared_contents(tid, site, area, &runs);
    if (result == 0 && runs.bytes > (uint64_t)limit)
        result = -EFBIG;
    if (result == 0)
        result = move_runs(tid, memory_of(site), 0, store, base, area, &runs);
    int pagemap = result == 0 ? fp_open_proc(tid, "pagemap") : -1;
    if (pagemap >= 0) {
        area->others = bytes_of_others(pagemap, &runs);
        close(pagemap);
    }
    if (result != 0)
        fallocate(store, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)base, size);
    free(runs.list);
    return result != 0 ? result : (int64_t)runs.bytes;
}

FP_EXPORT int64_t fp_save_shared(int32_t tid, const uint8_t *site, uint8_t *areas, int32_t count,
                                 int64_t limit) {
    int store = memfd_create("checkpoint", MFD_CLOEXEC);
    if (store < 0)
        return -errno;
    uint64_t base = 0;
    for (int32_t i = 0; i < count; i++) {
        struct fp_shared_area area;
        memcpy(&area, areas + (size_t)i * sizeof area, sizeof area);
        area.saved = save_area(tid, site, store, base, &area, limit);
        limit -= area.saved > 0 ? area.saved : 0;
        base += area.range.high - area.range.low;
        memcpy(areas + (size_t)i * sizeof area, &area, sizeof area);
    }
    return store;
}

/* Writes zeros where there is something in a hole: of a sealed file, or through a mapping without access,
 * nothing is freed. */
static int64_t clear_holes(pid_t tid, const uint8_t *site, const struct fp_shared_area *area,
                           const struct fp_range *holes, int32_t count) {
    struct fp_runs runs = {0};
    int64_t result = fp_shared_contents(tid, site, area, &runs);
    for (size_t i = 0; i < runs.count; i++)
        for (int32_t j = 0; j < count; j++) {
            const struct fp_range run = runs.list[i], hole = holes[j];
            const uint64_t end = run.high < hole.high ? run.high : hole.high;
            for (uint64_t at = run.low > hole.low ? run.low : hole.low; at < end && result == 0; at += PAGE)
                result = put_page(memory_of(site), NULL, at);
        }
    free(runs.list);
    return result;
}

/* Frees what has got contents since (madvise(2), MADV_REMOVE). */
static int64_t free_holes(pid_t tid, const uint8_t *site, const struct fp_shared_area *area,
                          const struct fp_range *holes, int32_t count) {
    int64_t calls[HOLES_AT_ONCE][8];
    uint8_t nothing = 0;
    for (int32_t i = 0; i < count; i++) {
        const int64_t call[8] = {SYS_madvise, (int64_t)holes[i].low, (int64_t)(holes[i].high - holes[i].low),
                                 MADV_REMOVE};
        memcpy(calls[i], call, sizeof call);
    }
    int64_t result = count ? fp_remote_calls(tid, site, (uint8_t *)calls, count, &nothing, 0) : 0;
    for (int32_t i = 0; i < count && result == 0; i++)
        result = calls[i][7];
    return result == -EPERM || result == -EACCES ? clear_holes(tid, site, area, holes, count) : result;
}

static int64_t restore_area(pid_t tid, const uint8_t *site, int store, uint64_t base,
                            const struct fp_shared_area *area) {
    struct fp_runs runs = {0};
    struct fp_range holes[HOLES_AT_ONCE];
    int32_t count = 0;
    const uint64_t low = area->range.low, end = base + (area->range.high - low);
    int64_t result = 0;
    for (uint64_t at = base; at < end && result == 0;) {
        off_t found = lseek(store, (off_t)at, SEEK_DATA);
        uint64_t data = found < 0 || (uint64_t)found > end ? end : (uint64_t)found;
        if (data > at)
            holes[count++] = (struct fp_range){low + (at - base), low + (data - base)};
        if (count == HOLES_AT_ONCE || (data == end && count > 0)) {
            result = free_holes(tid, site, area, holes, count);
            count = 0;
        }
        if (data == end)
            break;
        found = lseek(store, (off_t)data, SEEK_HOLE);
        at = found < 0 || (uint64_t)found > end ? end : (uint64_t)found;
        if (result == 0)
            result = fp_add_run(&runs, (struct fp_range){low + (data - base), low + (at - base)});
    }
    if (result == 0)
        result = free_holes(tid, site, area, holes, count);
    if (result == 0)
        result = move_runs(tid, memory_of(site), 1, store, base, area, &runs);
    free(runs.list);
    return result;
}

FP_EXPORT int64_t fp_restore_shared(int32_t tid, const uint8_t *site, int32_t store, const uint8_t *areas,
                                    int32_t count) {
    uint64_t base = 0;
    int64_t first = 0;
    for (int32_t i = 0; i < count; i++) {
        struct fp_shared_area area;
        memcpy(&area, areas + (size_t)i * sizeof area, sizeof area);
        int64_t result = area.saved >= 0 ? restore_area(tid, site, store, base, &area) : 0;
        first = first != 0 ? first : result;
        base += area.range.high - area.range.low;
    }
    return first;
}
