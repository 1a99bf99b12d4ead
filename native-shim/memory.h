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

/* Told of pages that are there; anything but 0 ends the walk and is given back. */
typedef int64_t (*fp_on_pages)(void *context, struct fp_range pages);

/* Opens /proc/PID/NAME to read. */
int fp_open_proc(pid_t pid, const char *name);
/* As fp_survey_memory, the first `capacity` areas whose pages the clone lacks by themselves. */
int64_t fp_compare_memory(pid_t origin, pid_t copy, int plain, struct fp_memory_survey *survey,
                          struct fp_range *wiped, uint32_t capacity);
/* Calls back for all private pages of a range that are not the page of zeros, in order; `pagemap`:
 * /proc/PID/pagemap. */
int64_t fp_each_page_run(int pagemap, struct fp_range range, fp_on_pages on_pages, void *context);
/* Whether any such page of a range is there: looks no further than the first. Since Linux 6.7, else -ENOTTY.
 */
int64_t fp_has_pages(int pagemap, struct fp_range range);

#endif
