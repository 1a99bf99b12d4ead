/* The places in a program's memory that the agent and its payload have for a while. */
#include "remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int move_all(int (*move)(int, void *, size_t, off_t), const struct fp_area *area, int memory) {
    return move(memory, area->before, fp_code_size(), (off_t)area->site.code) ||
           move(memory, area->before + fp_code_size(), area->size, (off_t)area->site.scratch);
}

static int read_some(int memory, void *bytes, size_t size, off_t at) {
    return pread(memory, bytes, size, at) != (ssize_t)size;
}

static int write_some(int memory, void *bytes, size_t size, off_t at) {
    return pwrite(memory, bytes, size, at) != (ssize_t)size;
}

int fp_area_open(struct fp_area *area, const uint8_t *site, const void *payload, size_t size) {
    memcpy(&area->site, site, sizeof area->site);
    area->size = FP_AREA_HEAD + size;
    if (area->size > area->site.size)
        return -E2BIG;
    area->before = malloc(fp_code_size() + area->size);
    if (area->before == NULL)
        return -ENOMEM;
    if (move_all(read_some, area, area->site.memory)) {
        free(area->before);
        return -EFAULT;
    }
    const int memory = area->site.memory;
    if (pwrite(memory, fp_agent_begin, fp_code_size(), (off_t)area->site.code) == (ssize_t)fp_code_size() &&
        (size == 0 || pwrite(memory, payload, size, (off_t)fp_payload(area)) == (ssize_t)size))
        return 0;
    fp_area_close(area);
    return -EFAULT;
}

int fp_area_read(const struct fp_area *area, void *bytes, size_t size) {
    return read_some(area->site.memory, bytes, size, (off_t)fp_payload(area)) ? -EFAULT : 0;
}

int fp_area_write(const struct fp_area *area, const void *bytes, size_t size) {
    ssize_t done = pwrite(area->site.memory, bytes, size, (off_t)fp_payload(area));
    return done == (ssize_t)size ? 0 : -EFAULT;
}

int fp_area_put_back(const struct fp_area *area, int memory) {
    return move_all(write_some, area, memory) ? -EFAULT : 0;
}

int fp_area_close(struct fp_area *area) {
    int result = fp_area_put_back(area, area->site.memory);
    free(area->before);
    return result;
}
