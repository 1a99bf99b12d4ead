/* Which parts of a process' shared memory have contents: what was never touched has none. */
#include "copies/remote.h"
#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096ULL
#define CALL_SIZE 64
/* Without the privilege to look at its file, an area is looked through page by page. */
#define LARGEST_LOOKED_THROUGH (4ULL << 30)
#define PAGES_AT_ONCE 8192

int fp_add_run(struct fp_runs *runs, struct fp_range run) {
    runs->bytes += run.high - run.low;
    if (runs->count > 0 && runs->list[runs->count - 1].high == run.low) {
        runs->list[runs->count - 1].high = run.high;
        return 0;
    }
    if (runs->count == runs->room) {
        size_t room = runs->room ? runs->room * 2 : 16;
        struct fp_range *list = realloc(runs->list, room * sizeof *list);
        if (list == NULL)
            return -ENOMEM;
        runs->list = list;
        runs->room = room;
    }
    runs->list[runs->count++] = run;
    return 0;
}

/* The file that an area maps says where it has contents; takes CAP_CHECKPOINT_RESTORE (proc(5), map_files).
 */
static int runs_of_file(pid_t tid, const struct fp_shared_area *area, struct fp_runs *runs) {
    char name[64];
    snprintf(name, sizeof name, "map_files/%llx-%llx", (unsigned long long)area->range.low,
             (unsigned long long)area->range.high);
    int fd = fp_open_proc(tid, name);
    if (fd < 0)
        return fd;
    const off_t first = (off_t)area->offset, size = (off_t)(area->range.high - area->range.low);
    int result = 0;
    for (off_t at = first; at < first + size && result == 0;) {
        off_t data = lseek(fd, at, SEEK_DATA);
        off_t hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        if (data < 0 && errno == ENXIO)
            break;
        if (hole < 0) {
            result = -errno;
            break;
        }
        if (hole > first + size)
            hole = first + size;
        if (data < first + size)
            result = fp_add_run(runs, (struct fp_range){area->range.low + (uint64_t)(data - first),
                                                        area->range.low + (uint64_t)(hole - first)});
        at = hole;
    }
    close(fd);
    return result;
}

static int swap_is_used(void) {
    struct sysinfo info;
    return sysinfo(&info) != 0 || info.freeswap != info.totalswap;
}

/* The process asks which pages are in memory (mincore(2)), which is all that have contents while none is
 * swapped. */
static int runs_of_pages(pid_t tid, const uint8_t *site, const struct fp_shared_area *area,
                         struct fp_runs *runs) {
    uint8_t present[PAGES_AT_ONCE];
    struct fp_site place;
    memcpy(&place, site, sizeof place);
    if (area->range.high - area->range.low > LARGEST_LOOKED_THROUGH)
        return -EFBIG;
    if (swap_is_used())
        return fp_add_run(runs, area->range);
    const uint64_t fit = place.size - FP_AREA_HEAD - CALL_SIZE;
    const uint64_t most = fit < PAGES_AT_ONCE ? fit : PAGES_AT_ONCE;
    for (uint64_t at = area->range.low; at < area->range.high;) {
        const uint64_t left = (area->range.high - at) / PAGE, count = left < most ? left : most;
        int64_t call[8] = {SYS_mincore, (int64_t)at, (int64_t)(count * PAGE),
                           (int64_t)(place.scratch + FP_AREA_HEAD)};
        int64_t result = fp_remote_calls(tid, site, (uint8_t *)call, 1, present, (int32_t)count);
        if (result != 0 || call[7] != 0)
            return (int)(result != 0 ? result : call[7]);
        for (uint64_t i = 0; i < count; i++) {
            const struct fp_range page = {at + i * PAGE, at + (i + 1) * PAGE};
            int added = present[i] & 1 ? fp_add_run(runs, page) : 0;
            if (added != 0)
                return added;
        }
        at += count * PAGE;
    }
    return 0;
}

int fp_shared_contents(pid_t tid, const uint8_t *site, const struct fp_shared_area *area,
                       struct fp_runs *runs) {
    if (runs_of_file(tid, area, runs) == 0)
        return 0;
    runs->count = 0;
    runs->bytes = 0;
    return runs_of_pages(tid, site, area, runs);
}
