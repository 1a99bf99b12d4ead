// stresses: a thread under SCHED_DEADLINE (where that is permitted), which the kernel lets have no children
#include "hazard.h"

struct policy {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

static void check_same(const struct policy *wanted) {
    struct policy now;
    OK(syscall(SYS_sched_getattr, 0, &now, sizeof now, 0));
    CHECK(now.policy == wanted->policy && now.flags == wanted->flags && now.runtime == wanted->runtime);
}

int main(void) {
    struct policy policy = {
        .size = sizeof policy, .policy = 6, .runtime = 1000000, .deadline = 20000000, .period = 20000000};
    if (syscall(SYS_sched_setattr, 0, &policy, 0) != 0) {
        CHECK(errno == EPERM);
        OK(syscall(SYS_sched_getattr, 0, &policy, sizeof policy, 0));
    }
    for (int round = 0; round < 3; round++) {
        checkpoint_here();
        check_same(&policy);
    }
    return succeed();
}
