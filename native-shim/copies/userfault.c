/* Forks that wait until the reader of a userfaultfd(2) has heard of them (UFFD_FEATURE_EVENT_FORK). The
 * reader is the program, which stands still while it is copied; so they are heard of here. */
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ULL
/* Of events that are in the way of a fork's. */
#define MOST_EVENTS 4096

/* Whether an open file of a process is such a descriptor. */
static int is_userfaultfd(int folder, const char *name) {
    char link[64] = "";
    const ssize_t size = readlinkat(folder, name, link, sizeof link - 1);
    return size > 0 && strcmp(link, "anon_inode:[userfaultfd]") == 0;
}

/* A fault that is read here counts as told of: the thread is woken, and faults again. */
static void fault_again(int file, uint64_t address) {
    struct uffdio_range range = {.start = address & ~(PAGE - 1), .len = PAGE};
    ioctl(file, UFFDIO_WAKE, &range);
}

/* Reads events until that of a fork has come. Gives 1 then. */
static int hear_of_fork(int file) {
    struct uffd_msg event;
    for (int count = 0; count < MOST_EVENTS; count++) {
        struct pollfd ready = {.fd = file, .events = POLLIN};
        if (poll(&ready, 1, 0) != 1 || read(file, &event, sizeof event) != sizeof event)
            return 0;
        if (event.event == UFFD_EVENT_PAGEFAULT)
            fault_again(file, event.arg.pagefault.address);
        if (event.event == UFFD_EVENT_FORK) {
            /* It watches the copy's memory; without it that is memory like other. */
            close((int)event.arg.fork.ufd);
            return 1;
        }
    }
    return 0;
}

int fp_hear_of_fork(pid_t tid) {
    char path[40];
    const struct dirent *entry;
    int heard = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", tid);
    DIR *folder = opendir(path);
    int process = folder ? (int)syscall(SYS_pidfd_open, tid, 0) : -1;
    /* The leader has exited; since Linux 6.9. */
    if (folder && process < 0)
        process = (int)syscall(SYS_pidfd_open, tid, O_EXCL);
    while (process >= 0 && !heard && (entry = readdir(folder)) != NULL) {
        if (!is_userfaultfd(dirfd(folder), entry->d_name))
            continue;
        const int file = (int)syscall(SYS_pidfd_getfd, process, atoi(entry->d_name), 0);
        heard = file >= 0 && hear_of_fork(file);
        if (file >= 0)
            close(file);
    }
    if (process >= 0)
        close(process);
    if (folder)
        closedir(folder);
    return heard;
}
