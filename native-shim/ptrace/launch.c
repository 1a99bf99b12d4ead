/* Starting a program with the surroundings a shell would give it. */
#include "namespace.h"
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum stage { TERMINAL = 1, FORK, PTRACE, FOLDER, STDIN, STDOUT, STDERR, EXEC, NAMESPACE };

#define NO_RANDOMISATION 1
#define OWN_NAMESPACE 2

struct launch {
    uint32_t flags;
    uint32_t descriptors; /* soft limit */
    const char *program;
    const char *folder;
    const char *stdio[3];
    char **arguments;
    char **variables;
    int master;
    int slave;
    pid_t group;
    pid_t parent;
    pid_t init; /* of the namespace; 0: none */
    int go;     /* read end: the tracer has seized */
    int fail;   /* write end: stage and errno of what went wrong */
};

struct failure {
    int32_t stage;
    int32_t error;
};

static int open_terminal(struct launch *launch) {
    struct termios mode;
    struct winsize size = {.ws_row = 24, .ws_col = 80};
    launch->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (launch->master < 0)
        return -errno;
    launch->slave = -1;
    if (grantpt(launch->master) == 0 && unlockpt(launch->master) == 0)
        launch->slave = ioctl(launch->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (launch->slave < 0 || tcgetattr(launch->slave, &mode) != 0) {
        int error = errno;
        close(launch->master);
        return -error;
    }
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(launch->slave, TCSANOW, &mode);
    ioctl(launch->slave, TIOCSWINSZ, &size);
    return 0;
}

static void fail(const struct launch *launch, enum stage stage) {
    struct failure failure = {stage, errno};
    if (write(launch->fail, &failure, sizeof failure) < 0)
        _exit(126);
    _exit(127);
}

/* The adapter ignores signals and blocks none; a program starts with all defaults. */
static void reset_signals(void) {
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void limit_descriptors(rlim_t number) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = number < limit.rlim_max ? number : limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int open_stream(const struct launch *launch, int stream) {
    const char *name = launch->stdio[stream];
    if (stream == 0)
        return open(*name ? name : "/dev/null", O_RDONLY);
    if (!*name)
        return dup(launch->slave);
    return open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

static void connect_streams(const struct launch *launch) {
    for (int stream = 0; stream < 3; stream++) {
        int fd = open_stream(launch, stream);
        if (fd < 0)
            fail(launch, STDIN + stream);
        /* Two names for one file share one description, as `2>&1` does. */
        if (stream == 2 && *launch->stdio[2] && strcmp(launch->stdio[1], launch->stdio[2]) == 0)
            dup2(1, 2);
        else
            dup2(fd, stream);
        if (fd != stream)
            close(fd);
    }
}

static void run_child(struct launch *launch) {
    char byte;
    /* Between fork and the seize, only this ends the child with its adapter. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* In a namespace of its own it cannot see its parent; the pipe that it reads from below ends with it. */
    if (!(launch->flags & OWN_NAMESPACE) && getppid() != launch->parent)
        _exit(126);
    setpgid(0, launch->group);
    reset_signals();
    if (chdir(launch->folder) != 0)
        fail(launch, FOLDER);
    launch->go = fcntl(launch->go, F_DUPFD_CLOEXEC, 16);
    launch->fail = fcntl(launch->fail, F_DUPFD_CLOEXEC, 16);
    launch->slave = fcntl(launch->slave, F_DUPFD_CLOEXEC, 16);
    connect_streams(launch);
    if (read(launch->go, &byte, 1) != 1)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, 0);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    limit_descriptors(launch->descriptors);
    if (launch->flags & NO_RANDOMISATION)
        personality(ADDR_NO_RANDOMIZE);
    execve(launch->program, launch->arguments, launch->variables);
    fail(launch, EXEC);
}

/*
 * A process group of the program's own that is not named after the program's process id: a frozen copy that
 * stays in the group would keep that id from being given again. The leader may go once the program is in.
 */
static pid_t start_group(const struct launch *launch) {
    pid_t leader = fork();
    if (leader == 0) {
        /* Else the adapter would never see the end of what a dead child did not report. */
        close(launch->fail);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    if (leader > 0)
        setpgid(leader, leader);
    return leader;
}

static void end_child(pid_t pid) {
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int seize_and_exec(pid_t pid, int go, int fail_end, struct failure *failure) {
    int status;
    if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC) != 0) {
        int error = errno;
        kill(pid, SIGKILL);
        /* A child that has ended already cannot be seized, and has told why. */
        if (read(fail_end, failure, sizeof *failure) != sizeof *failure)
            *failure = (struct failure){PTRACE, error};
    } else {
        if (write(go, "g", 1) != 1)
            *failure = (struct failure){EXEC, errno};
        if (fp_wait_stopped(pid, &status) == 0 && WIFSTOPPED(status) &&
            status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
            return 0;
        if (read(fail_end, failure, sizeof *failure) != sizeof *failure && failure->stage == 0)
            *failure = (struct failure){EXEC, EIO};
    }
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return -failure->error;
}

static char **take_strings(const char **cursor, uint32_t count) {
    char **list = calloc(count + 1, sizeof *list);
    for (uint32_t i = 0; list && i < count; i++) {
        list[i] = (char *)*cursor;
        *cursor += strlen(*cursor) + 1;
    }
    return list;
}

static int decode(const uint8_t *spec, struct launch *launch) {
    uint32_t counts[4];
    const char *cursor = (const char *)spec + sizeof counts;
    const char **fixed[] = {&launch->program, &launch->folder, &launch->stdio[0], &launch->stdio[1],
                            &launch->stdio[2]};
    memcpy(counts, spec, sizeof counts);
    launch->flags = counts[0];
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        *fixed[i] = cursor;
        cursor += strlen(cursor) + 1;
    }
    launch->arguments = take_strings(&cursor, counts[1]);
    launch->variables = take_strings(&cursor, counts[2]);
    launch->descriptors = counts[3];
    return launch->arguments && launch->variables ? 0 : -ENOMEM;
}

static pid_t start_child(struct launch *launch, struct failure *failure) {
    int go[2], report[2];
    if (pipe2(go, O_CLOEXEC) != 0)
        return -errno;
    if (pipe2(report, O_CLOEXEC) != 0) {
        int error = errno;
        close(go[0]);
        close(go[1]);
        return -error;
    }
    launch->go = go[0];
    launch->fail = report[1];
    launch->parent = getpid();
    launch->group = start_group(launch);
    const int own = (launch->flags & OWN_NAMESPACE) != 0;
    pid_t pid = launch->group < 0 ? -1 : own ? fp_fork_in_namespace(&launch->init) : fork();
    int error = errno;
    if (pid == 0) {
        close(go[1]);
        run_child(launch);
    }
    close(go[0]);
    close(report[1]);
    if (pid > 0) {
        setpgid(pid, launch->group);
        int result = seize_and_exec(pid, go[1], report[0], failure);
        if (result < 0)
            pid = result;
    } else {
        *failure = (struct failure){own && launch->group > 0 ? NAMESPACE : FORK, error};
        pid = -error;
    }
    if (pid < 0 && launch->init > 0)
        end_child(launch->init);
    if (launch->group > 0)
        end_child(launch->group);
    close(go[1]);
    close(report[0]);
    return pid;
}

FP_EXPORT int64_t fp_launch(const uint8_t *spec, uint8_t *result) {
    struct launch launch = {.master = -1, .slave = -1};
    struct failure failure = {0, 0};
    int32_t words[5] = {0, -1, -1, 0, 0};
    int64_t status = decode(spec, &launch);
    if (status == 0 && (status = open_terminal(&launch)) < 0)
        failure.stage = TERMINAL;
    if (status == 0) {
        status = start_child(&launch, &failure);
        if (status < 0) {
            close(launch.slave);
            close(launch.master);
        }
    }
    free(launch.arguments);
    free(launch.variables);
    words[0] = status > 0 ? (int32_t)status : 0;
    words[1] = status > 0 ? launch.master : -1;
    words[2] = status > 0 ? launch.slave : -1;
    words[3] = failure.stage;
    words[4] = status > 0 ? launch.init : 0;
    memcpy(result, words, sizeof words);
    return status;
}
