// eventfd counters and semaphores, timerfds, signalfds.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static uint64_t take(int fd) {
    uint64_t value = 0;
    return read(fd, &value, sizeof value) == sizeof value ? value : 0;
}

static void give(int fd, uint64_t value) { CHECK(write(fd, &value, sizeof value) == sizeof value); }

static void arm(int fd, time_t seconds, long interval) {
    const struct itimerspec spec = {.it_value = {seconds, seconds ? 0 : 1000000}, .it_interval = {0, interval}};
    CHECK(timerfd_settime(fd, 0, &spec, NULL) == 0);
}

static time_t left(int fd) {
    struct itimerspec spec;
    CHECK(timerfd_gettime(fd, &spec) == 0);
    return spec.it_value.tv_sec + (spec.it_value.tv_nsec > 0);
}

static int pending(int fd) {
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int main(void) {
    const int flags = O_NONBLOCK;
    sigset_t one, both;
    int counter = eventfd(0, flags), zero = eventfd(0, flags), semaphore = eventfd(5, flags | EFD_SEMAPHORE);
    int again = dup(semaphore), low = eventfd(1, flags | EFD_SEMAPHORE);
    int later = timerfd_create(CLOCK_MONOTONIC, flags), fired = timerfd_create(CLOCK_MONOTONIC, flags);
    int idle = timerfd_create(CLOCK_REALTIME, flags), often = timerfd_create(CLOCK_MONOTONIC, flags);
    sigemptyset(&one);
    sigaddset(&one, SIGUSR1);
    both = one;
    sigaddset(&both, SIGUSR2);
    sigprocmask(SIG_BLOCK, &both, NULL);
    int signals = signalfd(-1, &one, flags);
    give(counter, 1ULL << 40);
    arm(later, 1000, 0);
    arm(fired, 0, 0);
    arm(often, 0, 1000000);
    usleep(20000);
    first();
    CHECK(take(counter) == 1ULL << 40 && take(counter) == 0 && take(zero) == 0);
    for (int i = 0; i < 5; i++)
        CHECK(take(i % 2 ? again : semaphore) == 1);
    CHECK(take(semaphore) == 0 && take(low) == 1 && take(low) == 0);
    CHECK(left(later) > 900 && left(later) <= 1000 && take(fired) == 1 && left(fired) == 0 && left(idle) == 0);
    /* Nothing is left of one that is just due. */
    CHECK(take(often) >= 19 && left(often) <= 1);
    CHECK(take(idle) == 0);
    raise(SIGUSR2);
    CHECK(pending(signals) == 0);
    CHECK(signalfd(signals, &both, 0) == signals && pending(signals) == SIGUSR2);
    give(counter, 3);
    give(zero, 9);
    give(semaphore, 200);
    give(low, 70);
    arm(later, 0, 0);
    arm(fired, 2000, 0);
    arm(often, 0, 0);
    arm(idle, 500, 5);
    usleep(20000);
    CHECK(take(often) == 1);
    second();
    CHECK(take(counter) == 3 && take(zero) == 9 && take(later) == 1 && take(fired) == 0);
    for (int i = 0; i < 200; i++)
        CHECK(take(semaphore) == 1);
    for (int i = 0; i < 70; i++)
        CHECK(take(low) == 1);
    CHECK(take(again) == 0 && take(low) == 0);
    CHECK(left(fired) > 1000 && left(idle) > 400 && left(often) == 0 && take(often) == 0);
    raise(SIGUSR2);
    CHECK(pending(signals) == SIGUSR2);
    return success();
}
