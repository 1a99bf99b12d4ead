/* System calls that a program has sent to itself as SIGSYS (prctl(2), PR_SET_SYSCALL_USER_DISPATCH), calls of
 * ours among them. */
#include "remote.h"

#include <errno.h>
#include <string.h>

/* linux/ptrace.h since Linux 6.4. */
#define SET_CONFIG 0x4210
#define GET_CONFIG 0x4211

struct dispatch_record {
    int32_t tid, unused;
    struct fp_dispatch dispatch;
};
_Static_assert(sizeof(struct dispatch_record) == FP_DISPATCH_SIZE, "the layout that shim_copies.h states");

/* Whether a thread has had it since that was last asked. */
static int met;

int fp_dispatch_met(void) {
    const int before = met;
    met = 0;
    return before;
}

void fp_dispatch_suspend(pid_t tid, struct fp_dispatch *dispatch) {
    const struct fp_dispatch off = {0};
    /* Before Linux 6.4 there is nothing to be done. */
    if (ptrace(GET_CONFIG, tid, sizeof *dispatch, dispatch) != 0)
        dispatch->mode = 0;
    if (dispatch->mode == 0)
        return;
    met = 1;
    ptrace(SET_CONFIG, tid, sizeof off, &off);
}

int fp_dispatch_resume(pid_t tid, const struct fp_dispatch *dispatch) {
    if (dispatch->mode == 0 || ptrace(SET_CONFIG, tid, sizeof *dispatch, dispatch) == 0)
        return 0;
    return -errno;
}

FP_EXPORT int64_t fp_read_dispatch(uint8_t *records, int32_t count) {
    int64_t on = 0;
    for (int32_t i = 0; i < count; i++) {
        struct dispatch_record record;
        uint8_t *at = records + (size_t)i * sizeof record;
        memcpy(&record, at, sizeof record);
        if (ptrace(GET_CONFIG, record.tid, sizeof record.dispatch, &record.dispatch) != 0)
            record.dispatch.mode = 0;
        on += record.dispatch.mode != 0;
        memcpy(at, &record, sizeof record);
    }
    return on;
}

FP_EXPORT int64_t fp_set_dispatch(const uint8_t *records, int32_t count) {
    int64_t first = 0;
    for (int32_t i = 0; i < count; i++) {
        struct dispatch_record record;
        memcpy(&record, records + (size_t)i * sizeof record, sizeof record);
        int result = fp_dispatch_resume(record.tid, &record.dispatch);
        first = first != 0 ? first : result;
    }
    return first;
}
