/* Waiting for tracees, and what their stops tell. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Microseconds in which most stops come. */
#define NEAR 200
/* Microseconds after which it is asked why a certain stop does not come. */
#define PATIENCE 20000

void fp_fill_event(pid_t tid, int status, uint8_t *event) {
    int32_t words[2] = {tid, status};
    unsigned long message = 0;
    memset(event, 0, FP_EVENT_SIZE);
    memcpy(event, words, sizeof words);
    if (!WIFSTOPPED(status))
        return;
    if (status >> 16)
        ptrace(PTRACE_GETEVENTMSG, tid, 0, &message);
    memcpy(event + 8, &message, sizeof message);
    ptrace(PTRACE_GETREGS, tid, 0, event + FP_EVENT_REGISTERS);
    ptrace(PTRACE_GETSIGINFO, tid, 0, event + FP_EVENT_SIGINFO);
}

int64_t fp_monotonic(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/*
 * Waits for one thread (-1: any): its id with its status, 0 when the time is over, -errno. Spins first: most
 * stops are near.
 */
pid_t fp_bounded_wait(pid_t tid, int *status, int microseconds) {
    const struct timespec nap = {0, 20000};
    int64_t begin = 0;
    for (;;) {
        pid_t got = waitpid(tid, status, __WALL | WNOHANG);
        if (got > 0)
            return got;
        if (got < 0 && errno != EINTR)
            return -errno;
        const int64_t now = fp_monotonic();
        if (begin == 0)
            begin = now;
        const int64_t passed = (now - begin) / 1000;
        if (passed >= microseconds)
            return 0;
        if (passed < NEAR)
            sched_yield();
        else
            nanosleep(&nap, NULL);
    }
}

/*
 * Whether a thread will never be reported: a leader that has exited, until the others have been waited for.
 * Reads the state in /proc/TID/stat (proc(5)).
 */
int fp_has_ended(pid_t tid) {
    char name[32], text[256] = {0};
    snprintf(name, sizeof name, "/proc/%d/stat", tid);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    const char *state = got > 0 ? strrchr(text, ')') : NULL;
    return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

/*
 * For a stop that is certain to come, unless the thread ends unseen (-ESRCH). Looks for it first: being woken
 * up from a sleep costs more than most stops.
 */
static int wait_stopped(pid_t tid, int *status, int (*meanwhile)(pid_t)) {
    pid_t got = fp_bounded_wait(tid, status, NEAR);
    for (int beyond = 0; got == 0 || got == -EINTR;) {
        got = fp_bounded_wait(tid, status, PATIENCE);
        if (got == 0 && meanwhile)
            meanwhile(tid);
        /* Once more: it may have come between the two looks. */
        if (got == 0 && fp_has_ended(tid) && beyond++)
            return -ESRCH;
    }
    return got < 0 ? got : 0;
}

int fp_wait_stopped(pid_t tid, int *status) { return wait_stopped(tid, status, NULL); }

int fp_wait_cloning(pid_t tid, int *status) { return wait_stopped(tid, status, fp_hear_of_fork); }

static int64_t wait_event(pid_t tid, int32_t microseconds, uint8_t *event) {
    int status;
    pid_t got = fp_bounded_wait(tid, &status, microseconds);
    if (got > 0)
        fp_fill_event(got, status, event);
    return got > 0 ? 1 : got;
}

FP_EXPORT int64_t fp_wait_any(int32_t microseconds, uint8_t *event) {
    int64_t got = wait_event(-1, microseconds, event);
    return got == -ECHILD ? 0 : got;
}

FP_EXPORT int64_t fp_wait_thread(int32_t tid, int32_t microseconds, uint8_t *event) {
    return wait_event(tid, microseconds, event);
}
