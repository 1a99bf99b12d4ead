// Waits in system calls with a time-out: TIMEOUTS MILLISECONDS CALL..., each in a thread of its own, or (one
// call) in the only thread. Each tells when its wait is over, and that its registers are as they were. With
// "busy" for a call, the first thread comes to visit() again and again meanwhile. EXIT-SUCCESS at the end.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long milliseconds;
static int ends[2];
static atomic_int waiting;

static void fail(const char *call, const char *what, long result) {
    printf("FAILED %s: %s (%ld)\n", call, what, result);
    fflush(stdout);
    _exit(1);
}

// Makes a call and looks whether the registers of its arguments are the same afterwards.
static long checked(const char *name, long number, const long arguments[4]) {
    long result, first = arguments[0], second = arguments[1], third = arguments[2];
    register long fourth __asm__("r10") = arguments[3];
    register long fifth __asm__("r8") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result), "+D"(first), "+S"(second), "+d"(third), "+r"(fourth), "+r"(fifth)
                     : "a"(number)
                     : "rcx", "r11", "memory");
    const long after[] = {first, second, third, fourth};
    for (int i = 0; i < 4; i++)
        if (after[i] != arguments[i])
            fail(name, "a register has changed", i);
    return result;
}

static struct timespec span_of(long ms) { return (struct timespec){ms / 1000, ms % 1000 * 1000000}; }

static int is(const char *name, const char *wanted) { return strcmp(name, wanted) == 0; }

// Gives the result that the call should have.
static long wait_in(const char *name, long *result) {
    struct timespec span = span_of(milliseconds), rest = {12, 34};
    const struct timespec before = span;
    struct pollfd files[3] = {{ends[0], POLLIN, -1}, {-1, 0, -1}, {ends[0], POLLPRI, -1}};
    int word = 7;
    if (is(name, "poll")) {
        *result = checked(name, SYS_poll, (long[]){(long)files, 3, milliseconds, 0});
        if (files[0].revents || files[1].revents || files[2].revents)
            fail(name, "events", files[0].revents);
        return 0;
    }
    if (is(name, "nanosleep")) {
        *result = checked(name, SYS_nanosleep, (long[]){(long)&span, 0, 0, 0});
        if (memcmp(&span, &before, sizeof span) != 0)
            fail(name, "its span has changed", span.tv_nsec);
        return 0;
    }
    if (is(name, "nanosleepRest")) {
        *result = checked(name, SYS_nanosleep, (long[]){(long)&span, (long)&rest, 0, 0});
        return 0;
    }
    if (is(name, "nanosleepInPlace")) {
        *result = checked(name, SYS_nanosleep, (long[]){(long)&span, (long)&span, 0, 0});
        return 0;
    }
    if (is(name, "clockNanosleep")) {
        *result = checked(name, SYS_clock_nanosleep, (long[]){CLOCK_BOOTTIME, 0, (long)&span, 0});
        return 0;
    }
    if (is(name, "futex")) {
        *result = checked(name, SYS_futex, (long[]){(long)&word, FUTEX_WAIT_PRIVATE, 7, (long)&span});
        return -ETIMEDOUT;
    }
    if (is(name, "ppoll")) {
        *result = ppoll(files, 1, &span, NULL);
        return 0;
    }
    if (is(name, "select")) {
        struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
        *result = select(0, NULL, NULL, NULL, &time);
        return 0;
    }
    struct epoll_event event;
    if (is(name, "epoll")) {
        *result = epoll_wait(epoll_create1(0), &event, 1, (int)milliseconds);
        return 0;
    }
    if (is(name, "epollPwait")) {
        *result = epoll_pwait(epoll_create1(0), &event, 1, (int)milliseconds, NULL);
        return 0;
    }
    if (is(name, "epollTwice")) {
        const int set = epoll_create1(0);
        *result = epoll_wait(set, &event, 1, (int)milliseconds / 2);
        *result |= epoll_wait(set, &event, 1, (int)milliseconds / 2);
        return 0;
    }
    if (is(name, "signal")) {
        sigset_t none;
        sigemptyset(&none);
        *result = sigtimedwait(&none, NULL, &span);
        return -1;
    }
    fail(name, "no such call", 0);
    return 0;
}

static void *wait_once(void *name) {
    long result;
    long expected = wait_in(name, &result);
    if (result != expected)
        fail(name, "its result", result);
    printf("%s is over\n", (char *)name);
    fflush(stdout);
    waiting--;
    return NULL;
}

__attribute__((noinline)) void visit(void) { __asm__ volatile(""); }

int main(int argc, char **argv) {
    if (argc < 3 || pipe(ends) != 0)
        return 2;
    milliseconds = atol(argv[1]);
    if (argc == 3)
        wait_once(argv[2]);
    pthread_t threads[64];
    int count = 0, busy = 0;
    for (int i = 2; i < argc && argc > 3; i++) {
        if (is(argv[i], "busy")) {
            busy = 1;
            continue;
        }
        waiting++;
        pthread_create(&threads[count++], NULL, wait_once, argv[i]);
    }
    while (busy && waiting > 0) {
        usleep(100000);
        visit();
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    puts("EXIT-SUCCESS");
    return 0;
}
