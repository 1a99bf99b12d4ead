/*
 * Two threads that only wait and wake the event loop. A thread waits at most once for every arming, so that
 * it cannot spin while the loop has not yet taken what it reported.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_WATCHED 4096

static struct {
    int wake[2];
    int nudge[2]; /* makes the output thread look at its list again */
    sem_t waiter;
    sem_t output;
    pthread_mutex_t lock;
    struct pollfd watched[MAX_WATCHED];
    int once[MAX_WATCHED]; /* beside each: it is reported one time */
    int count;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void wake(char what) {
    while (write(state.wake[1], &what, 1) < 0 && errno == EINTR)
        ;
}

static void take(sem_t *semaphore) {
    while (sem_wait(semaphore) != 0)
        ;
}

static void *wait_for_tracees(void *unused) {
    siginfo_t info;
    for (;;) {
        take(&state.waiter);
        /* WNOWAIT: only the tracer itself takes the event. ECHILD: nothing is left to wait for; say so. */
        while (waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOWAIT | __WALL) != 0 && errno == EINTR)
            ;
        wake('w');
    }
    return unused;
}

/* Takes a descriptor off the list; only_once: if it is to be reported one time. */
static void forget(int fd, int only_once) {
    pthread_mutex_lock(&state.lock);
    for (int i = state.count - 1; i >= 0; i--)
        if (state.watched[i].fd == fd && (!only_once || state.once[i])) {
            state.watched[i] = state.watched[--state.count];
            state.once[i] = state.once[state.count];
        }
    pthread_mutex_unlock(&state.lock);
}

static int poll_watched(void) {
    struct pollfd list[MAX_WATCHED + 1];
    char byte;
    pthread_mutex_lock(&state.lock);
    int count = state.count;
    for (int i = 0; i < count; i++)
        list[i] = state.watched[i];
    pthread_mutex_unlock(&state.lock);
    list[count] = (struct pollfd){.fd = state.nudge[0], .events = POLLIN};
    int ready = poll(list, (nfds_t)count + 1, -1);
    for (int i = 0; i < count && ready > 0; i++)
        if (list[i].revents)
            forget(list[i].fd, 1);
    if (ready > 0 && list[count].revents) {
        ready--;
        while (read(state.nudge[0], &byte, 1) == 1)
            ;
    }
    return ready > 0;
}

static void *wait_for_output(void *unused) {
    for (;;) {
        take(&state.output);
        while (!poll_watched())
            ;
        wake('o');
    }
    return unused;
}

static int start_thread(void *(*body)(void *)) {
    pthread_attr_t attributes;
    pthread_t thread;
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&thread, &attributes, body, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

FP_EXPORT int64_t fp_start_waiter(void) {
    if (pipe2(state.wake, O_CLOEXEC) != 0 || pipe2(state.nudge, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    fcntl(state.wake[0], F_SETFL, O_NONBLOCK);
    sem_init(&state.waiter, 0, 0);
    sem_init(&state.output, 0, 0);
    int error = start_thread(wait_for_tracees);
    if (error == 0)
        error = start_thread(wait_for_output);
    return error ? error : state.wake[0];
}

FP_EXPORT int64_t fp_arm_waiter(void) { return sem_post(&state.waiter) == 0 ? 0 : -errno; }

FP_EXPORT int64_t fp_arm_output(void) { return sem_post(&state.output) == 0 ? 0 : -errno; }

static int64_t nudge(void) { return write(state.nudge[1], "n", 1) == 1 || errno == EAGAIN ? 0 : -errno; }

FP_EXPORT int64_t fp_watch(int32_t fd, int32_t once) {
    pthread_mutex_lock(&state.lock);
    int full = state.count == MAX_WATCHED;
    if (!full) {
        state.once[state.count] = once;
        state.watched[state.count++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    pthread_mutex_unlock(&state.lock);
    return full ? -ENOSPC : nudge();
}

FP_EXPORT int64_t fp_unwatch(int32_t fd) {
    forget(fd, 0);
    return nudge();
}

FP_EXPORT int64_t fp_read_available(int32_t fd, uint8_t *bytes, int32_t size) {
    ssize_t got = read(fd, bytes, (size_t)size);
    /* EIO: a terminal whose other end nobody holds. */
    if (got < 0)
        return errno == EAGAIN || errno == EINTR || errno == EIO ? 0 : -errno;
    return got;
}

FP_EXPORT int64_t fp_close(int32_t fd) { return close(fd) == 0 ? 0 : -errno; }
