/* Which pages of two processes that came from one another differ, by their page maps. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096
/* Limits of one call. */
#define MAX_ENTRIES 65536
#define MAX_READ 2048
/* Entries taken from a page map at a time. */
#define WINDOW 512

/* Documentation/admin-guide/mm/pagemap.rst */
#define PRESENT (1ULL << 63)
#define SWAPPED (1ULL << 62)
#define OF_FILE (1ULL << 61)
#define EXCLUSIVE (1ULL << 56)
#define FRAME ((1ULL << 55) - 1)

struct side {
    int map;
    int memory;
};

struct comparison {
    struct side first, second;
    int alone;
    int32_t entries, read;
    uint64_t bytes_read;
    uint8_t *records;
    int32_t capacity, count;
};

static int open_of(int32_t pid, const char *file) {
    char name[40];
    snprintf(name, sizeof name, "/proc/%d/%s", pid, file);
    int descriptor = open(name, O_RDONLY | O_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

static int open_side(struct side *side, int32_t pid) {
    side->map = open_of(pid, "pagemap");
    if (side->map < 0)
        return side->map;
    side->memory = open_of(pid, "mem");
    if (side->memory >= 0)
        return 0;
    close(side->map);
    return side->memory;
}

static void close_side(const struct side *side) {
    close(side->map);
    close(side->memory);
}

static int is_nothing(uint64_t entry) { return !(entry & (PRESENT | SWAPPED)); }

/* Whether two entries at one address surely mean the same contents. */
static int is_same(const struct comparison *comparison, uint64_t first, uint64_t second, int anonymous) {
    if (is_nothing(first) && is_nothing(second))
        return 1;
    if (is_nothing(first) || is_nothing(second))
        return !anonymous && ((first | second) & OF_FILE);
    if ((first ^ second) & (PRESENT | SWAPPED | OF_FILE))
        return 0;
    if ((first & FRAME) && (second & FRAME))
        return (first & FRAME) == (second & FRAME);
    if (!(first & PRESENT))
        return 0;
    if (first & OF_FILE)
        return 1;
    return comparison->alone && !((first | second) & EXCLUSIVE);
}

static void read_page(struct comparison *comparison, const struct side *side, uint64_t address, int is_zero,
                      uint8_t *page) {
    ssize_t got = is_zero ? 0 : pread(side->memory, page, PAGE, (off_t)address);
    if (got < 0)
        got = 0;
    memset(page + got, 0, (size_t)(PAGE - got));
    comparison->bytes_read += (uint64_t)got;
}

/* Reads a page of both and notes it when its bytes differ. */
static void compare_page(struct comparison *comparison, uint64_t address, uint64_t first, uint64_t second,
                         int anonymous) {
    uint8_t here[PAGE], there[PAGE];
    uint64_t record[2] = {address, 0};
    comparison->read++;
    read_page(comparison, &comparison->first, address, anonymous && is_nothing(first), here);
    read_page(comparison, &comparison->second, address, anonymous && is_nothing(second), there);
    if (memcmp(here, there, PAGE) == 0)
        return;
    for (int at = 0; at < PAGE; at++)
        record[1] += here[at] != there[at];
    memcpy(comparison->records + (size_t)comparison->count++ * sizeof record, record, sizeof record);
}

static int is_full(const struct comparison *comparison) {
    return comparison->entries >= MAX_ENTRIES || comparison->read >= MAX_READ ||
           comparison->count >= comparison->capacity;
}

/* Goes through [low, high). Gives the address it got to. */
static uint64_t compare_range(struct comparison *comparison, uint64_t low, uint64_t high, int anonymous) {
    uint64_t first[WINDOW], second[WINDOW];
    while (low < high && !is_full(comparison)) {
        size_t pages = (size_t)((high - low) / PAGE);
        size_t size = (pages < WINDOW ? pages : WINDOW) * sizeof *first;
        off_t at = (off_t)(low / PAGE * sizeof *first);
        ssize_t got = pread(comparison->first.map, first, size, at);
        if (got <= 0 || pread(comparison->second.map, second, (size_t)got, at) != got)
            return high;
        for (size_t i = 0; i < (size_t)got / sizeof *first && !is_full(comparison); i++, low += PAGE) {
            comparison->entries++;
            if (!is_same(comparison, first[i], second[i], anonymous))
                compare_page(comparison, low, first[i], second[i], anonymous);
        }
    }
    return low;
}

FP_EXPORT int64_t fp_compare_pages(int32_t first, int32_t second, int32_t alone, const uint8_t *ranges,
                                   int32_t count, uint8_t *progress, uint8_t *records, int32_t capacity) {
    struct comparison comparison = {.alone = alone, .records = records, .capacity = capacity};
    uint64_t state[2];
    memcpy(state, progress, sizeof state);
    int result = open_side(&comparison.first, first);
    if (result < 0)
        return result;
    result = open_side(&comparison.second, second);
    if (result < 0) {
        close_side(&comparison.first);
        return result;
    }
    uint64_t reached = state[0];
    for (int32_t i = 0; i < count && !is_full(&comparison); i++) {
        uint64_t range[3];
        memcpy(range, ranges + (size_t)i * sizeof range, sizeof range);
        if (range[1] <= reached)
            continue;
        uint64_t low = range[0] > reached ? range[0] : reached;
        reached = compare_range(&comparison, low, range[1], range[2] != 0);
    }
    close_side(&comparison.first);
    close_side(&comparison.second);
    state[0] = reached;
    state[1] += comparison.bytes_read;
    memcpy(progress, state, sizeof state);
    return comparison.count;
}
