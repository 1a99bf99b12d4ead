/* Taking a file out of an epoll set on behalf of a process that had put it in. */
#include "outside.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

FP_EXPORT int64_t fp_shares_memory(int32_t pid, int32_t other) {
    long result = syscall(SYS_kcmp, pid, other, KCMP_VM, 0, 0);
    return result < 0 ? -errno : result == 0;
}

FP_EXPORT int64_t fp_epoll_compare(int32_t pid, int32_t set, int32_t holder, uint8_t *entries,
                                   int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        int32_t entry[3];
        uint8_t *at = entries + (size_t)i * sizeof entry;
        memcpy(entry, at, sizeof entry);
        struct kcmp_epoll_slot slot = {
            .efd = (uint32_t)set, .tfd = (uint32_t)entry[0], .toff = (uint32_t)entry[1]};
        long result = syscall(SYS_kcmp, holder, pid, KCMP_EPOLL_TFD, entry[0], &slot);
        entry[2] = result == 0 ? 0 : result < 0 ? -errno : 1;
        memcpy(at, entry, sizeof entry);
    }
    return 0;
}

#define STACK_SIZE (64U * 1024)

struct deletion {
    int set, file, number;
    int result;
};

/*
 * Runs in a child that shares memory and not descriptors: an entry goes by the number that its file has in
 * the process which takes it out.
 */
static int delete_there(void *argument) {
    struct deletion *deletion = argument;
    struct epoll_event none = {0};
    int set = deletion->set;
    if (set == deletion->number)
        set = dup(set);
    if (dup2(deletion->file, deletion->number) < 0 ||
        epoll_ctl(set, EPOLL_CTL_DEL, deletion->number, &none) != 0)
        deletion->result = -errno;
    return 0;
}

static int run_there(struct deletion *deletion) {
    sigset_t all, before;
    char *stack = malloc(STACK_SIZE);
    if (stack == NULL)
        return -ENOMEM;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid_t child = clone(delete_there, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK, deletion);
    int error = errno;
    while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR)
        ;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    free(stack);
    return child < 0 ? -error : deletion->result;
}

FP_EXPORT int64_t fp_epoll_delete(int32_t pid, int32_t set, int32_t holder, int32_t number) {
    struct deletion deletion = {.set = -1, .file = -1, .number = number};
    int64_t pidfd = fp_pidfd_open(pid);
    int64_t other = fp_pidfd_open(holder);
    if (pidfd >= 0)
        deletion.set = fp_take_fd((int)pidfd, set);
    if (other >= 0)
        deletion.file = fp_take_fd((int)other, number);
    int result = deletion.set < 0 || deletion.file < 0 ? -EBADF : run_there(&deletion);
    const int64_t opened[] = {pidfd, other, deletion.set, deletion.file};
    for (size_t i = 0; i < sizeof opened / sizeof *opened; i++)
        if (opened[i] >= 0)
            close((int)opened[i]);
    return result;
}
