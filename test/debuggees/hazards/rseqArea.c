// stresses: restartable sequences: glibc's registration in each thread, and the processor number kept there
#include "hazard.h"
#include <sys/rseq.h>

static struct rseq *area(void) { return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset); }

static void check(void) {
    // In a thread whose area the kernel does not fill any more the number stays what it was, or is negative.
    int right = 0;
    for (int i = 0; i < 10000 && !right; i++) {
        unsigned before, after;
        OK(syscall(SYS_getcpu, &before, NULL, NULL));
        int now = (int)*(volatile uint32_t *)&area()->cpu_id;
        OK(syscall(SYS_getcpu, &after, NULL, NULL));
        CHECK(now >= 0);
        right = before == after && (int)before == now;
    }
    CHECK(right);
    // To register what is registered already is EBUSY; anything else would be EINVAL, or would succeed.
    CHECK(syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG) == -1 && errno == EBUSY);
}

static void *check_often(void *unused) {
    for (int i = 0; i < 3; i++) {
        checkpoint_here();
        check();
    }
    return unused;
}

int main(void) {
    if (__rseq_size == 0)
        return succeed();
    pthread_t threads[] = {start(check_often, NULL), start(check_often, NULL)};
    check_often(NULL);
    join(threads[0]);
    join(threads[1]);
    return succeed();
}
