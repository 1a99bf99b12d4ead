// Descriptors that send signals (O_ASYNC): a pipe and a FIFO to the process, a socket to a thread, another to the group.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#define OF_PIPE (SIGRTMIN + 1)
#define OF_THREAD (SIGRTMIN + 2)
#define OF_FIFO (SIGRTMIN + 3)

static int ends[2], pair[2], plain[2], moved, fifo;
static volatile pid_t waiter_id;
static volatile int told_of;
static sem_t told;

static void *wait_for_it(void *unused) {
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, OF_THREAD);
    waiter_id = gettid();
    sem_post(&told);
    for (;;)
        if (sigwaitinfo(&set, &info) == OF_THREAD) {
            waiter_id = gettid();
            told_of = info.si_fd;
            sem_post(&told);
        }
    return unused;
}

// The descriptor that a signal comes with; -1: none comes.
static int signalled(int number) {
    const struct timespec none = {0, 0};
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, number);
    return sigtimedwait(&set, &info, &none) == number ? info.si_fd : -1;
}

static void await_thread(void) {
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 5;
    while (sem_timedwait(&told, &end) != 0)
        CHECK(errno == EINTR);
}

static void own(int fd, int type, pid_t id, int number, int flags) {
    const struct f_owner_ex owner = {type, id};
    CHECK(fcntl(fd, F_SETOWN_EX, &owner) == 0 && fcntl(fd, F_SETSIG, number) == 0);
    CHECK(fcntl(fd, F_SETFL, (fcntl(fd, F_GETFL) & ~O_ASYNC) | flags) == 0);
}

static void expect_owner(int fd, int type, pid_t id, int number) {
    struct f_owner_ex owner = {-1, -1};
    CHECK(fcntl(fd, F_GETOWN_EX, &owner) == 0 && (id == 0 || owner.type == type) && owner.pid == id);
    CHECK(fcntl(fd, F_GETSIG) == number);
}

static void put(int fd) { CHECK(write(fd, "x", 1) == 1); }

static void take(int fd) {
    char byte;
    CHECK(read(fd, &byte, 1) == 1);
}

int main(int count, char **arguments) {
    pthread_t waiter;
    sigset_t all;
    CHECK(count == 2 && (mkfifo(arguments[1], 0600) == 0 || errno == EEXIST));
    sigfillset(&all);
    CHECK(sigprocmask(SIG_BLOCK, &all, NULL) == 0 && pthread_create(&waiter, NULL, wait_for_it, NULL) == 0);
    await_thread();
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && (fifo = open(arguments[1], O_RDWR | O_NONBLOCK)) >= 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, plain) == 0);
    moved = fcntl(ends[0], F_DUPFD, 50);
    CHECK(moved == 50 && close(ends[0]) == 0);
    own(moved, F_OWNER_PID, getpid(), OF_PIPE, O_ASYNC);
    own(pair[0], F_OWNER_TID, waiter_id, OF_THREAD, O_ASYNC);
    own(fifo, F_OWNER_PID, getpid(), OF_FIFO, O_ASYNC);
    own(plain[0], F_OWNER_PGRP, getpgrp(), 0, 0);
    first();
    expect_owner(moved, F_OWNER_PID, getpid(), OF_PIPE);
    expect_owner(fifo, F_OWNER_PID, getpid(), OF_FIFO);
    expect_owner(plain[0], F_OWNER_PGRP, getpgrp(), 0);
    expect_owner(plain[1], F_OWNER_PID, 0, 0);
    CHECK(signalled(OF_PIPE) == -1 && signalled(OF_FIFO) == -1 && signalled(SIGIO) == -1);
    put(ends[1]);
    CHECK(signalled(OF_PIPE) == moved);
    put(fifo);
    CHECK(signalled(OF_FIFO) == fifo && signalled(OF_PIPE) == -1);
    take(fifo);
    put(pair[1]);
    await_thread();
    CHECK(told_of == pair[0]);
    expect_owner(pair[0], F_OWNER_TID, waiter_id, OF_THREAD);
    // The other way round.
    own(moved, F_OWNER_PID, 0, 0, 0);
    own(fifo, F_OWNER_PID, 0, 0, 0);
    own(pair[0], F_OWNER_PID, getpid(), OF_PIPE, O_ASYNC);
    own(plain[0], F_OWNER_PID, 0, 0, 0);
    own(plain[1], F_OWNER_PID, getpid(), 0, O_ASYNC);
    take(pair[0]);
    while (signalled(OF_PIPE) >= 0 || signalled(OF_FIFO) >= 0)
        ;
    second();
    expect_owner(moved, F_OWNER_PID, 0, 0);
    expect_owner(fifo, F_OWNER_PID, 0, 0);
    expect_owner(plain[0], F_OWNER_PID, 0, 0);
    put(ends[1]);
    put(fifo);
    take(fifo);
    CHECK(signalled(OF_PIPE) == -1 && signalled(OF_FIFO) == -1);
    put(pair[1]);
    CHECK(signalled(OF_PIPE) == pair[0]);
    put(plain[0]);
    CHECK(signalled(SIGIO) == 0);
    return success();
}
