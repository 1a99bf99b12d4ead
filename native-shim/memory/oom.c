/* How soon the out-of-memory killer takes a process. */
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The range of oom_score_adj begins below 0. */
#define LOWEST (-1000)

FP_EXPORT int64_t fp_swap_oom_score(int32_t pid, int32_t score) {
    char name[64], text[16] = "";
    snprintf(name, sizeof name, "/proc/%d/oom_score_adj", pid);
    int file = open(name, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return -errno;
    ssize_t got = pread(file, text, sizeof text - 1, 0);
    const long before = got > 0 ? strtol(text, NULL, 10) : 0;
    const int length = snprintf(text, sizeof text, "%d", score);
    int64_t result = got < 0 || pwrite(file, text, (size_t)length, 0) != length ? -errno : before - LOWEST;
    close(file);
    return result;
}
