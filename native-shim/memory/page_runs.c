/* Which pages of a process are there, by its page map (Documentation/admin-guide/mm/pagemap.rst). */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGE 4096ULL
#define ENTRIES 512
#define ENTRY_THERE (3ULL << 62) /* present or swapped */

/* linux/fs.h since Linux 6.7, proc(5) before: /proc/PID/pagemap. */
struct scan {
    uint64_t size, flags, start, end, walk_end, regions, region_count, max_pages;
    uint64_t inverted, mask, any_of, wanted;
};
struct region {
    uint64_t start, end, categories;
};
#define SCAN _IOWR('f', 16, struct scan)
#define IS_PRESENT (1ULL << 3)
#define IS_SWAPPED (1ULL << 4)
#define IS_ZERO (1ULL << 5)
#define REGIONS 64

/* Before Linux 6.7. The page of zeros cannot be told from others there. */
static int64_t walk_entries(int pagemap, struct fp_range range, fp_on_pages on_pages, void *context) {
    uint64_t entries[ENTRIES];
    for (uint64_t at = range.low; at < range.high;) {
        uint64_t left = (range.high - at) / PAGE;
        size_t size = (left < ENTRIES ? left : ENTRIES) * sizeof *entries;
        ssize_t got = pread(pagemap, entries, size, (off_t)(at / PAGE * sizeof *entries));
        if (got <= 0)
            return got < 0 ? -errno : 0;
        const size_t count = (size_t)got / sizeof *entries;
        for (size_t i = 0; i < count;) {
            size_t end = i;
            while (end < count && entries[end] & ENTRY_THERE)
                end++;
            int64_t result =
                end > i ? on_pages(context, (struct fp_range){at + i * PAGE, at + end * PAGE}) : 0;
            if (result != 0)
                return result;
            i = end + 1;
        }
        at += count * PAGE;
    }
    return 0;
}

/* Of private pages that are not the page of zeros. */
static struct scan scan_into(struct region regions[REGIONS]) {
    return (struct scan){.size = sizeof(struct scan),
                         .regions = (uint64_t)regions,
                         .region_count = REGIONS,
                         .inverted = IS_ZERO,
                         .mask = IS_ZERO,
                         .any_of = IS_PRESENT | IS_SWAPPED,
                         .wanted = IS_PRESENT | IS_SWAPPED};
}

int64_t fp_each_page_run(int pagemap, struct fp_range range, fp_on_pages on_pages, void *context) {
    struct region regions[REGIONS];
    struct scan scan = scan_into(regions);
    scan.start = range.low;
    scan.end = range.high;
    while (scan.start < scan.end) {
        int count = ioctl(pagemap, SCAN, &scan);
        if (count < 0)
            return errno == ENOTTY || errno == EINVAL ? walk_entries(pagemap, range, on_pages, context)
                                                      : -errno;
        for (int i = 0; i < count; i++) {
            int64_t result = on_pages(context, (struct fp_range){regions[i].start, regions[i].end});
            if (result != 0)
                return result;
        }
        scan.start = scan.walk_end;
    }
    return 0;
}

/* Which of the ranges from `first` on a scan has found something in. */
static void mark(const struct fp_range *ranges, size_t first, size_t count, const struct region *regions,
                 int found, uint8_t *marks) {
    for (int i = 0; i < found; i++) {
        while (first < count && ranges[first].high <= regions[i].start)
            first++;
        for (size_t at = first; at < count && ranges[at].low < regions[i].end; at++)
            marks[at] = 1;
    }
}

int64_t fp_mark_ranges(int pagemap, const struct fp_range *ranges, size_t count, uint8_t *marks) {
    struct region regions[REGIONS];
    struct scan scan = scan_into(regions);
    scan.max_pages = ENTRIES;
    memset(marks, 0, count);
    for (size_t at = 0; at < count;) {
        scan.start = scan.walk_end > ranges[at].low ? scan.walk_end : ranges[at].low;
        scan.end = ranges[count - 1].high;
        int found = ioctl(pagemap, SCAN, &scan);
        if (found < 0)
            return -errno;
        mark(ranges, at, count, regions, found, marks);
        /* Of a large one the beginning is enough. */
        while (at < count && (ranges[at].high <= scan.walk_end || marks[at]))
            at++;
    }
    return 0;
}
