/* What a clone lacks of a process's memory, found by comparing the two (madvise(2), mlock(2)). */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAGE 4096ULL
#define ENTRIES 512
#define COPIED_AT_ONCE (64 * 1024)

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
#define ENTRY_THERE (3ULL << 62)

struct area {
    struct fp_range range;
    char permissions[5];
    int anonymous; /* nothing that has a name but heap and stacks */
};

int fp_open_proc(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

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

int64_t fp_each_page_run(int pagemap, struct fp_range range, fp_on_pages on_pages, void *context) {
    struct region regions[REGIONS];
    struct scan scan = {.size = sizeof scan,
                        .start = range.low,
                        .end = range.high,
                        .regions = (uint64_t)regions,
                        .region_count = REGIONS,
                        .inverted = IS_ZERO,
                        .mask = IS_ZERO,
                        .any_of = IS_PRESENT | IS_SWAPPED,
                        .wanted = IS_PRESENT | IS_SWAPPED};
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

static int64_t found(void *context, struct fp_range pages) {
    (void)context;
    (void)pages;
    return 1;
}

/* Whether any page of a range is there: looks no further than the first. */
static int64_t has_pages(int pagemap, struct fp_range range) {
    struct region region;
    struct scan scan = {.size = sizeof scan,
                        .start = range.low,
                        .end = range.high,
                        .regions = (uint64_t)&region,
                        .region_count = 1,
                        .max_pages = 1,
                        .inverted = IS_ZERO,
                        .mask = IS_ZERO,
                        .any_of = IS_PRESENT | IS_SWAPPED,
                        .wanted = IS_PRESENT | IS_SWAPPED};
    int count = ioctl(pagemap, SCAN, &scan);
    if (count >= 0)
        return count;
    return errno == ENOTTY || errno == EINVAL ? walk_entries(pagemap, range, found, NULL) : -errno;
}

/* All of a file of /proc, NUL-terminated; NULL with errno. */
static char *read_all(pid_t pid, const char *name) {
    size_t size = 0, room = 16 * 1024;
    char *text = malloc(room);
    int fd = fp_open_proc(pid, name);
    ssize_t got = fd < 0 ? -1 : 1;
    while (text && got > 0) {
        if (room - size < 8192) {
            char *more = realloc(text, room *= 2);
            if (more == NULL)
                free(text);
            text = more;
        }
        got = text ? read(fd, text + size, room - size - 1) : -1;
        size += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    if (got < 0) {
        free(text);
        return NULL;
    }
    if (text)
        text[size] = 0;
    return text;
}

/* Takes a line of /proc/PID/maps apart; gives the next one's beginning, NULL at the end. */
static const char *take_area(const char *line, struct area *area) {
    char *at;
    if (*line == 0)
        return NULL;
    area->range.low = strtoull(line, &at, 16);
    area->range.high = strtoull(at + 1, &at, 16);
    memcpy(area->permissions, at + 1, 4);
    area->permissions[4] = 0;
    const char *end = strchrnul(at, '\n');
    at = memchr(at + 6, ' ', (size_t)(end - at - 6)); /* behind the offset: the device */
    at = at ? memchr(at + 1, ' ', (size_t)(end - at - 1)) : NULL;
    area->anonymous = 0;
    if (at != NULL && strtoull(at, &at, 10) == 0) {
        while (*at == ' ')
            at++;
        area->anonymous = *at == '\n' || *at == 0 || strncmp(at, "[heap]", 6) == 0 ||
                          strncmp(at, "[stack", 6) == 0 || strncmp(at, "[anon", 5) == 0;
    }
    return *end ? end + 1 : end;
}

/* A number of a line of /proc/PID/status, in bytes. */
static uint64_t status_bytes(const char *status, const char *name) {
    const char *line = strstr(status, name);
    return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

static int read_sizes(pid_t origin, pid_t copy, struct fp_survey_head *head) {
    char *status = read_all(origin, "status");
    if (status == NULL)
        return -errno;
    const uint64_t size = status_bytes(status, "\nVmSize:");
    head->locked = status_bytes(status, "\nVmLck:");
    free(status);
    if (copy == 0)
        return 0;
    char *statm = read_all(copy, "statm");
    if (statm == NULL)
        return -errno;
    head->missing = size - strtoull(statm, NULL, 10) * PAGE;
    free(statm);
    return 0;
}

struct comparison {
    int origin, copy; /* /proc/PID/pagemap; -1: there is nothing to compare */
    struct fp_survey_head *head;
    struct fp_range *wiped;
    uint32_t capacity;
};

static int64_t look_at(struct comparison *comparison, const struct area *area) {
    struct fp_survey_head *head = comparison->head;
    if (area->permissions[3] == 's') {
        head->shared += area->permissions[1] == 'w';
        return 0;
    }
    if (comparison->copy < 0 || !area->anonymous)
        return 0;
    int64_t there = has_pages(comparison->copy, area->range);
    if (there == 0)
        there = has_pages(comparison->origin, area->range);
    else if (there > 0)
        return 0;
    if (there <= 0)
        return there;
    if (head->wiped < comparison->capacity)
        comparison->wiped[head->wiped] = area->range;
    head->wiped++;
    return 0;
}

FP_EXPORT int64_t fp_survey_memory(int32_t origin, int32_t copy, uint8_t *answer, int32_t capacity) {
    struct fp_survey_head head = {0};
    struct area area;
    int64_t result = read_sizes(origin, copy, &head);
    if (result != 0)
        return result;
    char *maps = read_all(copy ? copy : origin, "maps");
    if (maps == NULL)
        return -errno;
    struct comparison comparison = {.origin = -1,
                                    .copy = -1,
                                    .head = &head,
                                    .wiped = (struct fp_range *)(void *)(answer + sizeof head),
                                    .capacity = (uint32_t)capacity};
    if (copy) {
        comparison.origin = fp_open_proc(origin, "pagemap");
        comparison.copy = fp_open_proc(copy, "pagemap");
        result = comparison.origin < 0 ? comparison.origin : comparison.copy < 0 ? comparison.copy : 0;
    }
    for (const char *line = maps; result == 0 && (line = take_area(line, &area)) != NULL;)
        result = look_at(&comparison, &area);
    if (comparison.origin >= 0)
        close(comparison.origin);
    if (comparison.copy >= 0)
        close(comparison.copy);
    free(maps);
    memcpy(answer, &head, sizeof head);
    return result;
}

struct copying {
    int from, to; /* /proc/PID/mem */
    int64_t bytes;
};

static int64_t copy_run(void *context, struct fp_range pages) {
    struct copying *copying = context;
    uint8_t bytes[COPIED_AT_ONCE];
    for (uint64_t at = pages.low; at < pages.high;) {
        size_t size = pages.high - at < sizeof bytes ? pages.high - at : sizeof bytes;
        ssize_t got = pread(copying->from, bytes, size, (off_t)at);
        if (got <= 0)
            return got < 0 ? -errno : -EFAULT;
        ssize_t put = pwrite(copying->to, bytes, (size_t)got, (off_t)at);
        if (put != got)
            return put < 0 ? -errno : -EFAULT;
        copying->bytes += put;
        at += (uint64_t)put;
    }
    return 0;
}

FP_EXPORT int64_t fp_copy_memory(int32_t from, int32_t to, const uint8_t *ranges, int32_t count) {
    struct copying copying = {.from = (int)fp_open_memory(from), .to = (int)fp_open_memory(to)};
    int pagemap = fp_open_proc(from, "pagemap");
    int64_t result = copying.from < 0 ? copying.from
                     : copying.to < 0 ? copying.to
                     : pagemap < 0    ? pagemap
                                      : 0;
    for (int32_t i = 0; result == 0 && i < count; i++) {
        struct fp_range range;
        memcpy(&range, ranges + (size_t)i * sizeof range, sizeof range);
        result = fp_each_page_run(pagemap, range, copy_run, &copying);
    }
    if (copying.from >= 0)
        close(copying.from);
    if (copying.to >= 0)
        close(copying.to);
    if (pagemap >= 0)
        close(pagemap);
    return result != 0 ? result : copying.bytes;
}
