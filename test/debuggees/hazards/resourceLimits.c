// stresses: resource limits; nice value, processors, policy and I/O priority of each thread; changed after
// the checkpoint
#include "hazard.h"
#include <sched.h>
#include <sys/resource.h>

static void soft_limit_is(rlim_t expected) {
    struct rlimit limit;
    OK(getrlimit(RLIMIT_NOFILE, &limit));
    CHECK(limit.rlim_cur == expected);
}

static void limit_to(rlim_t wanted) {
    struct rlimit limit;
    OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = wanted;
    OK(setrlimit(RLIMIT_NOFILE, &limit));
}

// linux/ioprio.h: best effort, level 6, of a thread.
enum { IO_PRIORITY = 2 << 13 | 6, IO_OF_PROCESS = 1 };

static pthread_barrier_t barrier;
static int nice_at_start;
static cpu_set_t all;

static int may_run_on(const cpu_set_t *expected) {
    cpu_set_t now;
    OK(sched_getaffinity(0, sizeof now, &now));
    return CPU_EQUAL(&now, expected);
}

static void *batch(void *unused) {
    struct sched_param parameters = {0};
    OK(pthread_setschedparam(pthread_self(), SCHED_BATCH, &parameters));
    OK(setpriority(PRIO_PROCESS, 0, nice_at_start + 3));
    OK(syscall(SYS_ioprio_set, IO_OF_PROCESS, 0, IO_PRIORITY));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    CHECK(sched_getscheduler(0) == SCHED_BATCH);
    CHECK(getpriority(PRIO_PROCESS, 0) == nice_at_start + 3);
    CHECK(syscall(SYS_ioprio_get, IO_OF_PROCESS, 0) == IO_PRIORITY);
    CHECK(may_run_on(&all));
    return unused;
}

int main(void) {
    cpu_set_t one;
    struct sched_param parameters = {0};
    nice_at_start = getpriority(PRIO_PROCESS, 0);
    OK(sched_getaffinity(0, sizeof all, &all));
    OK(pthread_barrier_init(&barrier, NULL, 2));
    limit_to(100);
    pthread_t thread = start(batch, NULL);
    pthread_barrier_wait(&barrier);
    checkpoint_here();
    soft_limit_is(100);
    limit_to(60);
    CHECK(getpriority(PRIO_PROCESS, 0) == nice_at_start && sched_getscheduler(0) == SCHED_OTHER);
    OK(setpriority(PRIO_PROCESS, 0, nice_at_start + 1));
    OK(sched_setscheduler(0, SCHED_OTHER | SCHED_RESET_ON_FORK, &parameters));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    OK(sched_setaffinity(0, sizeof one, &one));
    checkpoint_here();
    CHECK(may_run_on(&one) && sched_getscheduler(0) == (SCHED_OTHER | SCHED_RESET_ON_FORK));
    soft_limit_is(60);
    CHECK(getpriority(PRIO_PROCESS, 0) == nice_at_start + 1);
    pthread_barrier_wait(&barrier);
    join(thread);
    return succeed();
}
