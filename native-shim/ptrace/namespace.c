/* A user and a pid namespace for a program (user_namespaces(7), pid_namespaces(7)). */
#include "namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECKPOINT_RESTORE 40

/* What the helper reports. */
struct report {
    int32_t error;
    pid_t init, program;
};

static int write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t put = write(fd, text, strlen(text));
    close(fd);
    return put == (ssize_t)strlen(text) ? 0 : -1;
}

static int map_own_ids(uid_t user, gid_t group) {
    char text[64];
    /* Else a user could leave a group that keeps them from something (user_namespaces(7)). */
    if (write_text("/proc/self/setgroups", "deny") != 0)
        return -1;
    snprintf(text, sizeof text, "%u %u 1", group, group);
    if (write_text("/proc/self/gid_map", text) != 0)
        return -1;
    snprintf(text, sizeof text, "%u %u 1", user, user);
    return write_text("/proc/self/uid_map", text);
}

/* The one capability that clone3(2) asks for to choose an id; ambient, or the program's exec would end it. */
static void keep_capability(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0)
        return;
    data[CHECKPOINT_RESTORE / 32].inheritable |= 1U << CHECKPOINT_RESTORE % 32;
    if (syscall(SYS_capset, &header, data) == 0)
        prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CHECKPOINT_RESTORE, 0, 0);
}

/* The first process: what loses its parent becomes its child. Its death ends all others there. */
static void run_init(int ready) {
    sigset_t child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "forkpoint-init");
    mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL);
    /* Not everywhere allowed; then the program sees the ids of outside in /proc. */
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
    if (write(ready, "r", 1) != 1)
        _exit(1);
    setsid();
    syscall(SYS_close_range, 0U, ~0U, 0U);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    for (;;) {
        while (waitpid(-1, NULL, WNOHANG | __WALL) > 0)
            ;
        sigwaitinfo(&child, NULL);
    }
}

/* A child of the caller's parent. Gives 0 in the child. */
static pid_t fork_sibling(void) { return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0); }

/* Gives 0 in the program's process; ends in the helper. */
static pid_t start_both(int out, uid_t user, gid_t group) {
    struct report report = {0};
    int ready[2];
    char byte;
    if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) != 0 || map_own_ids(user, group) != 0 ||
        pipe2(ready, O_CLOEXEC) != 0)
        report.error = errno;
    if (report.error == 0) {
        keep_capability();
        /* New credentials make it untraceable until its exec, but it is to be traced before. */
        prctl(PR_SET_DUMPABLE, 1);
        report.init = fork_sibling();
        if (report.init == 0)
            run_init(ready[1]);
        close(ready[1]);
        if (report.init < 0 || read(ready[0], &byte, 1) != 1)
            report.error = errno ? errno : EIO;
        close(ready[0]);
    }
    if (report.error == 0) {
        report.program = fork_sibling();
        if (report.program == 0)
            return 0;
        report.error = report.program < 0 ? errno : 0;
    }
    _exit(write(out, &report, sizeof report) != sizeof report);
}

pid_t fp_fork_in_namespace(pid_t *init) {
    struct report report = {.error = EIO};
    int out[2];
    const uid_t user = geteuid();
    const gid_t group = getegid();
    *init = 0;
    if (pipe2(out, O_CLOEXEC) != 0)
        return -1;
    pid_t helper = fork();
    if (helper == 0) {
        close(out[0]);
        return start_both(out[1], user, group);
    }
    int error = errno;
    close(out[1]);
    if (helper > 0) {
        if (read(out[0], &report, sizeof report) != sizeof report)
            report.error = EIO;
        while (waitpid(helper, NULL, 0) < 0 && errno == EINTR)
            ;
        error = report.error;
    }
    close(out[0]);
    if (report.init > 0 && error != 0) {
        kill(report.init, SIGKILL);
        waitpid(report.init, NULL, 0);
    }
    *init = error == 0 ? report.init : 0;
    errno = error;
    return error == 0 ? report.program : -1;
}
