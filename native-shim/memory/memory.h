/* What a process has mapped, and which of it has pages. Shared inside the shim. */
#ifndef FORKPOINT_MEMORY_H
#define FORKPOINT_MEMORY_H

#include "shim.h"

#include <stddef.h>

struct fp_range {
    uint64_t low, high;
};

/* The beginning of fp_survey_memory's answer (shim_memory.h). */
struct fp_memory_survey {
    uint64_t missing, locked;
    uint32_t shared, wiped;
};

/* A piece of shared memory, as the area records of shim_memory.h have it. */
struct fp_shared_area {
    struct fp_range range;
    uint64_t offset;
    int64_t saved;
    uint64_t others;
};
_Static_assert(sizeof(struct fp_shared_area) == FP_AREA_SIZE, "the layout that shim_memory.h states");

/* Parts of memory, ascending. */
struct fp_runs {
    struct fp_range *list; /* to be freed */
    size_t count, room;
    uint64_t bytes;
};

/* Told of pages that are there; anything but 0 ends the walk and is given back. */
typedef int64_t (*fp_on_pages)(void *context, struct fp_range pages);

/* Opens /proc/PID/NAME to read. */
int fp_open_proc(pid_t pid, const char *name);
/* Above are addresses of the kernel's, [vsyscall] among them. */
#define FP_SPACE_END (1ULL << 56)
/* Flags of fp_compare_memory: as before Linux 6.11; no memory is known to be locked. */
#define FP_PLAIN 1
#define FP_UNLOCKED 2
/* As fp_survey_memory, the first `capacity` areas whose pages the clone lacks by themselves. */
int64_t fp_compare_memory(pid_t origin, pid_t copy, int flags, struct fp_memory_survey *survey,
                          struct fp_range *wiped, uint32_t capacity);
/* Calls back for all private pages of a range that are not the page of zeros, in order; `pagemap`:
 * /proc/PID/pagemap. */
int64_t fp_each_page_run(int pagemap, struct fp_range range, fp_on_pages on_pages, void *context);
/* Sets a byte for each of the ranges, which ascend, in which any such page is: 0 or 1. Since Linux 6.7, else
 * -ENOTTY. */
int64_t fp_mark_ranges(int pagemap, const struct fp_range *ranges, size_t count, uint8_t *marks);
/* Adds one that lies behind all others. */
int fp_add_run(struct fp_runs *runs, struct fp_range run);
/* The parts of shared memory that have contents; `runs` is empty before. */
int fp_shared_contents(pid_t tid, const uint8_t *site, const struct fp_shared_area *area,
                       struct fp_runs *runs);

#endif
