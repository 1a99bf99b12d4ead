/* What a clone lacks of a process's memory, found by comparing the two (madvise(2), mlock(2)). */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/fs.h since Linux 6.11: one line of /proc/PID/maps at a time, without its text. */
struct query {
    uint64_t size, flags, address;
    uint64_t low, high, permissions, page_size, offset, inode;
    uint32_t major, minor, name_size, build_id_size;
    uint64_t name, build_id;
};
#define QUERY _IOWR('f', 17, struct query)
#define IS_WRITABLE 2ULL
#define IS_SHARED 8ULL
#define OR_NEXT 16ULL

struct area {
    struct fp_range range;
    int is_shared, is_file;
    int may_change; /* what is in it: it is writable, or memory only, which others or other mappings may write
                     */
};

int fp_open_proc(pid_t pid, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
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

/* Names of areas that are memory and no files (mmap(2), memfd_create(2), shmget(2), shm_open(3)). */
static int is_memory_only(const char *name) {
    static const char *const beginnings[] = {"/dev/zero", "/memfd:", "/SYSV", "/dev/shm/"};
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
            return 1;
    return 0;
}

/* Takes a line as /proc/PID/maps has them apart. */
static void take_area(const char *line, size_t length, struct area *area) {
    char *at;
    area->range.low = strtoull(line, &at, 16);
    area->range.high = strtoull(at + 1, &at, 16);
    area->is_shared = at[4] == 's';
    const char *name = memchr(line, '/', length);
    area->may_change = at[2] == 'w' || (name != NULL && is_memory_only(name));
}

/* The kernel's own areas have no pages that belong to anyone. */
static int is_special(const char *name) {
    return strncmp(name, "[v", 2) == 0 || strncmp(name, "[uprobes]", 9) == 0;
}

/* A number of a line of /proc/PID/status, in bytes. */
static uint64_t status_bytes(const char *status, const char *name) {
    const char *line = strstr(status, name);
    return line ? strtoull(line + strlen(name), NULL, 10) * 1024 : 0;
}

/* The beginning of a file of /proc, as much as there is room for, NUL-terminated. */
static int read_start(pid_t pid, const char *name, char *text, size_t room) {
    int file = fp_open_proc(pid, name);
    ssize_t got = file < 0 ? file : read(file, text, room - 1);
    int result = file < 0 ? file : got < 0 ? -errno : 0;
    if (file >= 0)
        close(file);
    text[got < 0 ? 0 : got] = 0;
    return result;
}

/* How much of the process's memory is locked. Takes long, as all of /proc/PID/status does. */
static int read_locked(pid_t pid, uint64_t *locked) {
    char status[8192];
    int result = read_start(pid, "status", status, sizeof status);
    *locked = status_bytes(status, "\nVmLck:");
    return result;
}

/* The size of all areas of the process. */
static int read_size(pid_t pid, uint64_t *size) {
    char pages[128];
    int result = read_start(pid, "statm", pages, sizeof pages);
    *size = strtoull(pages, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
    return result;
}

/* Areas that are looked at together. */
#define AT_ONCE 128

struct comparison {
    int origin, copy; /* /proc/PID/pagemap; -1: there is nothing to compare */
    int maps;         /* /proc/PID/maps of the one whose areas are gone through */
    uint64_t copy_size;
    struct fp_range waiting[AT_ONCE]; /* private memory, with no other area in between */
    size_t wait_count;
    struct fp_memory_survey *head;
    struct fp_range *wiped;
    uint32_t capacity;
};

static void note_wiped(struct comparison *comparison, struct fp_range range) {
    if (comparison->head->wiped < comparison->capacity)
        comparison->wiped[comparison->head->wiped] = range;
    comparison->head->wiped++;
}

/* A line of /proc/PID/smaps (proc(5)): the beginning of an area, or something about it. */
static void take_line(struct comparison *comparison, const char *line, size_t length, struct area *area,
                      uint64_t *there) {
    if (*line >= 'a' || *line <= '9') {
        take_area(line, length, area);
        *there = 0;
    } else if (strncmp(line, "Rss:", 4) == 0 || strncmp(line, "Swap:", 5) == 0) {
        *there += strtoull(strchr(line, ':') + 1, NULL, 10);
    } else if (strncmp(line, "VmFlags:", 8) == 0) {
        comparison->head->shared += area->is_shared && area->may_change;
        if (comparison->copy >= 0 && !area->is_shared && *there > 0 && memmem(line, length, " wf", 3) != NULL)
            note_wiped(comparison, area->range);
    }
}

/* Before Linux 6.11. Takes long where there are many pages (11 ms at 1 GiB), but not where much is reserved.
 */
static int64_t look_at_text(struct comparison *comparison, pid_t origin, pid_t copy) {
    struct area area = {0};
    uint64_t there = 0;
    char *text = read_all(origin, "smaps");
    if (text == NULL)
        return -errno;
    *comparison->head = (struct fp_memory_survey){.locked = comparison->head->locked};
    for (const char *line = text; *line;) {
        const char *end = strchrnul(line, '\n');
        take_line(comparison, line, (size_t)(end - line), &area, &there);
        line = *end ? end + 1 : end;
    }
    free(text);
    return copy ? read_size(copy, &comparison->copy_size) : 0;
}

/* Whether the area at an address has a name for which `is` is true; such names are not long. */
static int has_name(int maps, uint64_t address, int (*is)(const char *)) {
    char name[256] = "";
    struct query named = {
        .size = sizeof named, .address = address, .name_size = sizeof name, .name = (uint64_t)name};
    return ioctl(maps, QUERY, &named) == 0 && named.name_size > 0 && is(name);
}

/* Notes which of the areas that wait have pages in the origin and none in the copy. */
static int64_t look_at_waiting(struct comparison *comparison) {
    const struct fp_range *areas = comparison->waiting;
    const size_t count = comparison->wait_count;
    struct fp_range empty[AT_ONCE];
    uint8_t marks[AT_ONCE];
    size_t empty_count = 0;
    comparison->wait_count = 0;
    int64_t result = fp_mark_ranges(comparison->copy, areas, count, marks);
    for (size_t i = 0; i < count && result == 0; i++)
        if (!marks[i])
            empty[empty_count++] = areas[i];
    if (result == 0)
        result = fp_mark_ranges(comparison->origin, empty, empty_count, marks);
    for (size_t i = 0; i < empty_count && result == 0; i++)
        if (marks[i] && !has_name(comparison->maps, empty[i].low, is_special))
            note_wiped(comparison, empty[i]);
    return result;
}

static int64_t look_at(struct comparison *comparison, const struct area *area) {
    struct fp_memory_survey *head = comparison->head;
    if (area->range.high > FP_SPACE_END)
        return 0;
    comparison->copy_size += area->range.high - area->range.low;
    head->shared += area->is_shared && area->may_change;
    if (comparison->copy < 0)
        return 0;
    const int is_private = !area->is_shared && !area->is_file;
    const int is_full = comparison->wait_count == AT_ONCE;
    const int64_t result = !is_private || is_full ? look_at_waiting(comparison) : 0;
    if (is_private)
        comparison->waiting[comparison->wait_count++] = area->range;
    return result;
}

/* Without anything to compare only the shared areas are of interest. */
static int64_t look_at_each(struct comparison *comparison) {
    struct query query = {
        .size = sizeof query, .flags = OR_NEXT | (comparison->copy < 0 ? IS_SHARED : 0), .name_size = 0};
    int64_t result = 0;
    while (result == 0 && ioctl(comparison->maps, QUERY, &query) == 0) {
        const int is_shared = (query.permissions & IS_SHARED) != 0;
        const int is_writable = (query.permissions & IS_WRITABLE) != 0;
        const struct area area = {
            .range = {query.low, query.high},
            .is_shared = is_shared,
            .may_change = is_writable || (is_shared && has_name(comparison->maps, query.low, is_memory_only)),
            .is_file = query.inode != 0};
        result = look_at(comparison, &area);
        query.address = query.high;
    }
    if (result == 0 && errno != ENOENT)
        result = -errno;
    return result == 0 && comparison->copy >= 0 ? look_at_waiting(comparison) : result;
}

static int64_t look_at_areas(struct comparison *comparison, pid_t pid) {
    comparison->maps = fp_open_proc(pid, "maps");
    if (comparison->maps < 0)
        return comparison->maps;
    int64_t result = look_at_each(comparison);
    close(comparison->maps);
    return result;
}

int64_t fp_compare_memory(pid_t origin, pid_t copy, int flags, struct fp_memory_survey *survey,
                          struct fp_range *wiped, uint32_t capacity) {
    struct comparison comparison = {
        .origin = -1, .copy = -1, .head = survey, .wiped = wiped, .capacity = capacity};
    uint64_t size = 0;
    memset(survey, 0, sizeof *survey);
    int64_t result = flags & FP_UNLOCKED ? 0 : read_locked(origin, &survey->locked);
    if (result == 0 && copy)
        result = read_size(origin, &size);
    if (result == 0 && copy) {
        comparison.origin = fp_open_proc(origin, "pagemap");
        comparison.copy = fp_open_proc(copy, "pagemap");
        result = comparison.origin < 0 ? comparison.origin : comparison.copy < 0 ? comparison.copy : 0;
    }
    const pid_t pid = copy ? copy : origin;
    int64_t looked = result == 0 && !(flags & FP_PLAIN) ? look_at_areas(&comparison, pid) : -ENOTTY;
    if (result == 0 && (looked == -ENOTTY || looked == -EINVAL))
        looked = look_at_text(&comparison, origin, copy);
    result = result == 0 ? looked : result;
    if (comparison.origin >= 0)
        close(comparison.origin);
    if (comparison.copy >= 0)
        close(comparison.copy);
    survey->missing = copy ? size - comparison.copy_size : 0;
    return result;
}

FP_EXPORT int64_t fp_survey_memory(int32_t origin, int32_t copy, int32_t plain, uint8_t *answer,
                                   int32_t capacity) {
    struct fp_memory_survey survey;
    struct fp_range *wiped = (struct fp_range *)(void *)(answer + sizeof survey);
    int64_t result =
        fp_compare_memory(origin, copy, plain ? FP_PLAIN : 0, &survey, wiped, (uint32_t)capacity);
    memcpy(answer, &survey, sizeof survey);
    return result;
}
