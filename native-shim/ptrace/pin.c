/*
 * Keeping a tracee on the tracer's own core while they take turns: a wake-up across cores costs more than the
 * step or the call that it is for.
 */
#include "shim.h"

void fp_pin(pid_t tid, struct fp_pin *pin) {
    cpu_set_t one;
    int here = sched_getcpu();
    pin->pinned = 0;
    if (here < 0 || sched_getaffinity(tid, sizeof pin->cpus, &pin->cpus) != 0)
        return;
    if (CPU_COUNT(&pin->cpus) < 2 || !CPU_ISSET(here, &pin->cpus))
        return;
    CPU_ZERO(&one);
    CPU_SET(here, &one);
    pin->pinned = sched_setaffinity(tid, sizeof one, &one) == 0;
}

void fp_unpin(pid_t tid, const struct fp_pin *pin) {
    if (pin->pinned)
        sched_setaffinity(tid, sizeof pin->cpus, &pin->cpus);
}
