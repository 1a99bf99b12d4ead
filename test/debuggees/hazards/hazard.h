// What every hazard program uses: checks that say what failed, and the places where a checkpoint is
// interesting.
#ifndef HAZARD_H
#define HAZARD_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HELPER static __attribute__((unused))

#ifdef __cplusplus
extern "C" {
#endif
// How often `checkpoint_here` was reached.
volatile int places_reached;

// The sweep has a breakpoint here and takes its checkpoints at some of the hits, in whatever thread calls.
__attribute__((noinline, used)) void checkpoint_here(void) {
    __atomic_add_fetch(&places_reached, 1, __ATOMIC_SEQ_CST);
}
#ifdef __cplusplus
}
#endif

HELPER void check_failed(const char *file, int line, const char *what) {
    dprintf(1, "FAILED %s:%d: %s (errno %d)\n", file, line, what, errno);
    _exit(1);
}

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))
// For calls that give an error number, or -1.
#define OK(call) CHECK((call) == 0)
// For calls that a debugger's stop alone may end with EINTR (signal(7)), or that handlers interrupt.
#define RETRY(call)                                                                                          \
    __extension__({                                                                                          \
        long result_;                                                                                        \
        do                                                                                                   \
            result_ = (long)(call);                                                                          \
        while (result_ < 0 && errno == EINTR);                                                               \
        result_;                                                                                             \
    })

// A line of output, not held in any buffer that a fork or a checkpoint could double.
HELPER void say(const char *text) {
    char line[200];
    int length = snprintf(line, sizeof line, "%s\n", text);
    CHECK(write(1, line, (size_t)length) == length);
}

HELPER int succeed(void) {
    say("EXIT-SUCCESS");
    return 0;
}

HELPER pthread_t start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    OK(pthread_create(&thread, NULL, body, argument));
    return thread;
}

HELPER void *join(pthread_t thread) {
    void *result = NULL;
    OK(pthread_join(thread, &result));
    return result;
}

HELPER int64_t now_ns(clockid_t clock) {
    struct timespec now;
    OK(clock_gettime(clock, &now));
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

HELPER struct timespec timespec_of(int64_t ns) {
    struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    return time;
}

HELPER struct timespec in_ms(clockid_t clock, int ms) {
    return timespec_of(now_ns(clock) + ms * INT64_C(1000000));
}

// Long enough for another thread to have come to its blocking call; nothing depends on it.
HELPER void let_others_block(void) {
    struct timespec time = {0, 2000000};
    while (nanosleep(&time, &time) != 0)
        CHECK(errno == EINTR);
}

// A file without a name, from the first: it is gone when nobody has it open any more.
HELPER int temporary_file(void) {
    int file = open("/var/tmp", O_TMPFILE | O_RDWR, 0600);
    CHECK(file >= 0);
    return file;
}

// The same file opened again: another open file description.
HELPER int open_again(int file, int flags) {
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    int again = open(name, flags);
    CHECK(again >= 0);
    return again;
}

// Whether this process may choose process ids (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE), so that a restart
// keeps them.
HELPER int keeps_ids(void) {
    uint32_t header[] = {0x20080522, 0};
    struct {
        uint32_t effective, permitted, inheritable;
    } data[2];
    OK(syscall(SYS_capget, header, data));
    return (data[0].effective >> 21 & 1) || (data[1].effective >> (40 - 32) & 1);
}

HELPER void handle(int number, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO | flags;
    OK(sigaction(number, &action, NULL));
}

HELPER sigset_t set_of(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return set;
}

HELPER void block_signal(int number) {
    sigset_t set = set_of(number);
    OK(pthread_sigmask(SIG_BLOCK, &set, NULL));
}

HELPER void unblock_signal(int number) {
    sigset_t set = set_of(number);
    OK(pthread_sigmask(SIG_UNBLOCK, &set, NULL));
}
#endif
