/* Pages of one process written into another that came from it. */
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define COPIED_AT_ONCE (64 * 1024)

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
