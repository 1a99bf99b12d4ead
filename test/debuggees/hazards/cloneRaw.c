// stresses: a thread made by a raw clone call, unknown to glibc
#include "hazard.h"
#include <linux/futex.h>
#include <sched.h>

static int id, go, sum;
static char stack[65536] __attribute__((aligned(16)));

static int run(void *argument) {
    // No libc here: errno and the stack guard belong to the maker's thread.
    for (int i = 0; i < 10; i++) {
        if (i == 5)
            checkpoint_here();
        sum += *(int *)argument;
    }
    while (!__atomic_load_n(&go, __ATOMIC_SEQ_CST))
        ;
    return 0;
}

int main(void) {
    static int argument = 3;
    int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
                CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
    CHECK(clone(run, stack + sizeof stack, flags, &argument, &id, NULL, &id) > 0);
    let_others_block();
    checkpoint_here();
    __atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
    // The kernel clears the id and wakes whoever waits there: that is all that a join is.
    for (int seen; (seen = __atomic_load_n(&id, __ATOMIC_SEQ_CST)) != 0;)
        syscall(SYS_futex, &id, FUTEX_WAIT, seen, NULL, NULL, 0);
    CHECK(sum == 30);
    return succeed();
}
