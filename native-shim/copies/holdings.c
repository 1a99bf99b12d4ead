/* What a process may hold that hardly any does: only where there is some of it a closer look is worth its
 * time. */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Of the process. */
#define OTHER_PID_NAMESPACE 1
#define OTHER_TIME_NAMESPACE 2
#define SEMAPHORES 4
#define MESSAGES 8
#define SEGMENTS 16
#define UNSHARED 32
#define HUGE_PAGES 64

/* How closely a thread is looked at: the user and filters that no privilege shows are for the second. */
#define LOOK_WHOLE 2

/* Of a thread. */
#define OTHER_FILES 1
#define OTHER_FOLDER 2
#define OTHER_USER 4
#define OTHER_FILTER 8
#define OTHER_CAPABILITIES 16
#define OTHER_NAMESPACES 32

/* So many of the system's segments or queues are not looked at one by one. */
#define MANY 64

/* sys/shm.h, sys/msg.h since glibc 2.32 */
#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

/* Seconds for which it is remembered that the system has no huge pages. */
#define REMEMBERED 5

/* linux/ptrace.h since Linux 4.16. */
#ifndef PTRACE_SECCOMP_GET_METADATA
#define PTRACE_SECCOMP_GET_METADATA 0x420d
#endif
struct metadata {
    uint64_t offset, flags;
};

/* A link of /proc/PID/ns; empty where there is none, as of the namespaces of children without any member. */
static void read_link(int folder, const char *name, char text[64]) {
    const ssize_t size = readlinkat(folder, name, text, 63);
    text[size > 0 ? size : 0] = 0;
}

/*
 * Whether a child would be in another namespace than the thread, `own`. Mostly both are that which was met
 * last, so that is looked at first.
 */
static int differs(int folder, const char *own, const char *of_children, char last[64]) {
    char children[64];
    read_link(folder, of_children, children);
    if (strcmp(children, last) == 0)
        return 0;
    read_link(folder, own, last);
    return *last != 0 && strcmp(children, last) != 0;
}

static int64_t namespaces_of(pid_t tid) {
    static char pid[64], time[64];
    char path[32];
    snprintf(path, sizeof path, "/proc/%d/ns", tid);
    const int folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return 0;
    const int64_t found = (differs(folder, "pid", "pid_for_children", pid) ? OTHER_PID_NAMESPACE : 0) |
                          (differs(folder, "time", "time_for_children", time) ? OTHER_TIME_NAMESPACE : 0);
    close(folder);
    return found;
}

/* Whether a process has made or used one of the system's segments last; 1 also when there are many. SHM_INFO
 * would say whether there are any, but counts their pages for it. */
static int has_segment(pid_t pid) {
    struct shminfo limits;
    const int last = shmctl(0, IPC_INFO, (struct shmid_ds *)&limits);
    for (int i = 0; i <= last; i++) {
        struct shmid_ds one;
        if (i == MANY || (shmctl(i, SHM_STAT_ANY, &one) >= 0 && (one.shm_cpid == pid || one.shm_lpid == pid)))
            return 1;
    }
    return 0;
}

/* The same of message queues, which it has written to or read from. */
static int has_queue(pid_t pid) {
    struct msginfo all = {0};
    const int last = msgctl(0, MSG_INFO, (struct msqid_ds *)&all);
    for (int i = 0; i <= last && all.msgpool > 0; i++) {
        struct msqid_ds one;
        if (i == MANY ||
            (msgctl(i, MSG_STAT_ANY, &one) >= 0 && (one.msg_lspid == pid || one.msg_lrpid == pid)))
            return 1;
    }
    return 0;
}

/* Whether there is any semaphore, of whomever: who has used it is not shown. */
static int has_semaphores(void) {
    struct seminfo all = {0};
    return semctl(0, 0, SEM_INFO, &all) >= 0 && all.semusz > 0;
}

static int has_huge_pages(void) {
    static time_t none_at;
    struct timespec now = {0};
    char count[2] = "";
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (none_at != 0 && now.tv_sec - none_at < REMEMBERED)
        return 0;
    const int file = open("/proc/sys/vm/nr_hugepages", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    const ssize_t size = read(file, count, sizeof count);
    close(file);
    const int has = size > 0 && count[0] != '0';
    none_at = has ? 0 : now.tv_sec;
    return has;
}

/* Whether two threads have different ones of what `type` says; not when the kernel does not tell. */
static int differ(pid_t one, pid_t other, int type) {
    return syscall(SYS_kcmp, one, other, type, 0UL, 0UL) > 0;
}

/* How many filters a thread has, as proc(5) tells it, which takes long. */
static int count_filters(int tasks, pid_t tid) {
    char name[32], text[4096];
    snprintf(name, sizeof name, "%d/status", tid);
    const int status = openat(tasks, name, O_RDONLY | O_CLOEXEC);
    if (status < 0)
        return 0;
    const ssize_t size = read(status, text, sizeof text - 1);
    close(status);
    text[size > 0 ? size : 0] = 0;
    const char *line = strstr(text, "\nSeccomp_filters:");
    return line ? (int)strtol(line + strlen("\nSeccomp_filters:"), NULL, 10) : 0;
}

#define NAMESPACES 3
struct namespaces {
    char names[NAMESPACES][64];
};

/* A thread that others are compared with; `count` of its filters, -1: not known yet. */
struct reference {
    pid_t tid;
    int count;
    const struct stat *status; /* of its folder; NULL: it is not known */
    int are_named;
    struct namespaces namespaces;
};

/* Whether a thread has a filter and the reference has none, or the other way round; without the privilege it
 * is only found out where `tasks` is open. */
static int differs_in_filters(int tasks, struct reference *first, pid_t tid) {
    struct metadata metadata = {0};
    const long own = ptrace(PTRACE_SECCOMP_GET_METADATA, tid, sizeof metadata, &metadata);
    if (own >= 0 || errno == ENOENT) {
        if (first->count < 0)
            first->count =
                ptrace(PTRACE_SECCOMP_GET_METADATA, first->tid, sizeof metadata, &metadata) > 0 ? 1 : 0;
        return first->count != (own > 0);
    }
    if (tasks < 0)
        return 0;
    if (first->count < 0)
        first->count = count_filters(tasks, first->tid);
    return first->count != count_filters(tasks, tid);
}

/* The user and group that it acts as are those of its folder (proc(5)). */
static int look_at_user(int tasks, pid_t tid, struct stat *status) {
    char name[16];
    snprintf(name, sizeof name, "%d", tid);
    return fstatat(tasks, name, status, 0);
}

static int differs_in_capabilities(pid_t one, pid_t other) {
    struct __user_cap_header_struct of_one = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = one};
    struct __user_cap_header_struct of_other = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = other};
    struct __user_cap_data_struct ones[_LINUX_CAPABILITY_U32S_3], others[_LINUX_CAPABILITY_U32S_3];
    return syscall(SYS_capget, &of_one, ones) == 0 && syscall(SYS_capget, &of_other, others) == 0 &&
           memcmp(ones, others, sizeof ones) != 0;
}

/* Of the namespaces that a thread can have for itself: with one of mounts it has a folder of its own, too. */
static void name_namespaces(int tasks, pid_t tid, struct namespaces *names) {
    static const char *const links[NAMESPACES] = {"net", "uts", "ipc"};
    for (size_t i = 0; i < NAMESPACES; i++) {
        char path[32];
        snprintf(path, sizeof path, "%d/ns/%s", tid, links[i]);
        read_link(tasks, path, names->names[i]);
    }
}

static int differs_in_namespaces(int tasks, struct reference *first, pid_t tid) {
    struct namespaces own;
    if (!first->are_named)
        name_namespaces(tasks, first->tid, &first->namespaces);
    first->are_named = 1;
    name_namespaces(tasks, tid, &own);
    for (size_t i = 0; i < NAMESPACES; i++)
        if (*own.names[i] && strcmp(own.names[i], first->namespaces.names[i]) != 0)
            return 1;
    return 0;
}

static int look_at_thread(int tasks, struct reference *first, pid_t tid, int whole) {
    struct stat status;
    int found = 0;
    if (differ(first->tid, tid, KCMP_FILES))
        found |= OTHER_FILES;
    if (differ(first->tid, tid, KCMP_FS))
        found |= OTHER_FOLDER;
    if (differs_in_capabilities(first->tid, tid))
        found |= OTHER_CAPABILITIES;
    if (whole && first->status && differs_in_namespaces(tasks, first, tid))
        found |= OTHER_NAMESPACES;
    if (whole && first->status && look_at_user(tasks, tid, &status) == 0 &&
        (status.st_uid != first->status->st_uid || status.st_gid != first->status->st_gid))
        found |= OTHER_USER;
    return found;
}

static int open_tasks(pid_t pid) {
    char path[40];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int64_t look_at_threads(pid_t pid, const int32_t *tids, int32_t count, uint8_t *answers) {
    struct stat status;
    struct reference first = {.tid = tids[0], .count = -1};
    const int has_whole = count > 1 && memchr(answers + 1, LOOK_WHOLE, (size_t)count - 1) != NULL;
    const int tasks = has_whole ? open_tasks(pid) : -1;
    if (tasks >= 0 && look_at_user(tasks, tids[0], &status) == 0)
        first.status = &status;
    int64_t found = 0;
    answers[0] = 0;
    for (int32_t i = 1; i < count; i++) {
        const int look = answers[i];
        const int whole = look == LOOK_WHOLE;
        int answer = look ? look_at_thread(tasks, &first, tids[i], whole) : 0;
        if (look && differs_in_filters(whole ? tasks : -1, &first, tids[i]))
            answer |= OTHER_FILTER;
        found |= answer ? UNSHARED : 0;
        answers[i] = (uint8_t)answer;
    }
    if (tasks >= 0)
        close(tasks);
    return found;
}

int64_t fp_find_holdings(int32_t pid, const int32_t *tids, int32_t count, uint8_t *answers) {
    const int64_t found = namespaces_of(tids[0]) | (has_semaphores() ? SEMAPHORES : 0) |
                          (has_queue(pid) ? MESSAGES : 0) | (has_segment(pid) ? SEGMENTS : 0) |
                          (has_huge_pages() ? HUGE_PAGES : 0);
    return found | look_at_threads(pid, tids, count, answers);
}
