/* Calls with a time-out that real threads sleep in: since when, and entered again with less time. */
#include "check.h"
#include "debuggee.h"
#include "shim.h"
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MILLISECOND 1000000LL

struct sleeper {
    int32_t tid, call;
    int64_t since, switches;
};

struct timeout {
    int32_t tid, result;
    int64_t left, end;
};

/* The debuggee's, which the test reads and writes. */
static struct shared {
    int32_t word, number, end;
    struct pollfd file;
    struct timespec span, rest;
    int set;
    struct epoll_event event;
    int64_t result;
} shared = {.word = 7, .span = {60, 0}, .file = {.events = POLLIN}};

/* A call a round, as the test asks for. */
static int debuggee(void) {
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    shared.file.fd = ends[0];
    shared.set = epoll_create1(0);
    shared.end = ends[1];
    for (;;) {
        raise(SIGSTOP);
        if (shared.number == SYS_poll)
            shared.result = syscall(SYS_poll, &shared.file, 1, 60000);
        else if (shared.number == SYS_nanosleep)
            shared.result = syscall(SYS_nanosleep, &shared.span, &shared.rest);
        else if (shared.number == SYS_futex)
            shared.result = syscall(SYS_futex, &shared.word, FUTEX_WAIT, 7, &shared.span);
        else if (shared.number == SYS_epoll_wait)
            shared.result = epoll_wait(shared.set, &shared.event, 1, 60000);
        else
            return 7;
    }
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 * MILLISECOND + time.tv_nsec;
}

static void run_to_stop(int32_t pid) {
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(event_status() >> 8 == SIGSTOP);
}

/* Where this program begins in a process's memory. */
static int64_t base_of(int32_t pid) {
    char name[64], line[512];
    int64_t base = 0;
    snprintf(name, sizeof name, "/proc/%d/maps", pid);
    FILE *maps = fopen(name, "r");
    while (maps && base == 0 && fgets(line, sizeof line, maps))
        if (strstr(line, "/test/timeouts"))
            sscanf(line, "%lx", &base);
    CHECK(base != 0);
    fclose(maps);
    return base;
}

static int64_t place;

static void get(struct shared *there) {
    CHECK(fp_read_memory(trace_memory, place, (uint8_t *)there, sizeof *there) == sizeof *there);
}

static void set(size_t at, int32_t value) {
    const int64_t address = place + (int64_t)at;
    CHECK(fp_write_memory(trace_memory, address, (uint8_t *)&value, sizeof value) == sizeof value);
}

/* Has it sleep in a call, and stops it there as a copy's thread is: to make the call again. */
static struct sleeper stop_in(int32_t pid, int32_t number) {
    struct sleeper sleeper = {.tid = pid};
    struct user_regs_struct registers;
    const int64_t begin = now();
    set(offsetof(struct shared, number), number);
    CHECK(fp_resume(pid, 0, 0) == 0);
    usleep(100000);
    CHECK(fp_find_sleepers(pid, (uint8_t *)&sleeper, 1) == 1 && sleeper.call == number);
    CHECK(sleeper.since > begin - MILLISECOND && sleeper.since < now() - 10 * MILLISECOND);
    CHECK(fp_interrupt(pid) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(fp_confirm_sleepers(pid, (uint8_t *)&sleeper, 1) == 1);
    /* One that has slept in another call meanwhile is not meant. */
    struct sleeper other = sleeper;
    other.switches--;
    CHECK(fp_confirm_sleepers(pid, (uint8_t *)&other, 1) == 0 && other.call == -1);
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0 && (int64_t)registers.rax == -516);
    registers.rax = (uint64_t)-514;
    CHECK(fp_set_registers(pid, (uint8_t *)&registers) == 0);
    return sleeper;
}

/* Not later than the time that is left begins to run. */
static int64_t entered_at;

/* Gives what comes of entering the call again; registers, memory and mask are as they were. */
static int32_t enter(int32_t pid, int64_t left, int64_t expected) {
    const struct site site = find_site(pid);
    struct user_regs_struct before, after;
    struct shared kept, there;
    uint8_t scratch[64], untouched[64];
    struct timeout timeout = {.tid = pid, .left = left};
    const int64_t at = (int64_t)site.scratch;
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    get(&kept);
    CHECK(fp_read_memory(trace_memory, at, scratch, sizeof scratch) == sizeof scratch);
    entered_at = now();
    CHECK(fp_continue_timeouts((const uint8_t *)&site, (uint8_t *)&timeout, 1) == 0);
    CHECK(fp_get_registers(pid, (uint8_t *)&after) == 0);
    CHECK((int64_t)after.rax == expected);
    after.rax = before.rax;
    CHECK(memcmp(&before, &after, sizeof before) == 0);
    get(&there);
    CHECK(memcmp(&kept, &there, sizeof kept) == 0);
    CHECK(fp_read_memory(trace_memory, at, untouched, sizeof untouched) == sizeof untouched);
    CHECK(memcmp(scratch, untouched, sizeof scratch) == 0);
    return timeout.result;
}

/* It ends soon, with a result, and not before its time. */
static void expect_end(int32_t pid, int64_t result, int64_t milliseconds) {
    struct shared there;
    const int64_t begin = now();
    run_to_stop(pid);
    get(&there);
    CHECK(there.result == result && now() - entered_at >= milliseconds * MILLISECOND);
    CHECK(now() - begin < (milliseconds + 3000) * MILLISECOND);
}

static void test_time_left(int32_t pid) {
    const int32_t numbers[] = {SYS_poll, SYS_nanosleep, SYS_futex};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        /* ETIMEDOUT */
        const int64_t ending = numbers[i] == SYS_futex ? -1 : 0;
        stop_in(pid, numbers[i]);
        CHECK(enter(pid, 200 * MILLISECOND, -516) == 1);
        expect_end(pid, ending, 200);
        /* No time at all: it may be over before it can be interrupted. */
        for (int round = 0; round < 5; round++) {
            stop_in(pid, numbers[i]);
            const struct site site = find_site(pid);
            struct timeout timeout = {.tid = pid, .left = 1};
            CHECK(fp_continue_timeouts((const uint8_t *)&site, (uint8_t *)&timeout, 1) == 0);
            CHECK(timeout.result == 0 || timeout.result == 1);
            expect_end(pid, ending, 0);
        }
    }
}

/* What ends the call at once is met again when the program itself makes it. */
static void test_no_wait(int32_t pid) {
    struct shared there;
    char name[64];
    stop_in(pid, SYS_futex);
    set(offsetof(struct shared, word), 8);
    CHECK(enter(pid, 200 * MILLISECOND, -514) == 0);
    expect_end(pid, -1, 0);
    set(offsetof(struct shared, word), 7);

    stop_in(pid, SYS_poll);
    get(&there);
    snprintf(name, sizeof name, "/proc/%d/fd/%d", pid, there.end);
    const int end = open(name, O_WRONLY);
    CHECK(end >= 0 && write(end, "x", 1) == 1);
    close(end);
    CHECK(enter(pid, 200 * MILLISECOND, -514) == 0);
    expect_end(pid, 1, 0);
    get(&there);
    CHECK(there.file.revents == POLLIN);
}

/* An epoll_wait is made again, with less time; another call keeps its own. */
static void test_shortened(int32_t pid) {
    struct sleeper sleeper = {.tid = pid};
    set(offsetof(struct shared, number), SYS_epoll_wait);
    CHECK(fp_resume(pid, 0, 0) == 0);
    usleep(100000);
    CHECK(fp_find_sleepers(pid, (uint8_t *)&sleeper, 1) == 1 && sleeper.call == SYS_epoll_wait);
    CHECK(fp_interrupt(pid) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(fp_confirm_sleepers(pid, (uint8_t *)&sleeper, 1) == 1);
    entered_at = now();
    CHECK(fp_shorten_wait(pid, 200) == 1);
    expect_end(pid, 0, 200);
    CHECK(fp_shorten_wait(pid, 200) == 0);
    stop_in(pid, SYS_nanosleep);
    CHECK(fp_shorten_wait(pid, 200) == 0);
    CHECK(enter(pid, 200 * MILLISECOND, -516) == 1);
    expect_end(pid, 0, 200);
}

/* A signal that waits is taken when the program goes on, and SIGSTOP, which nobody can block, as well. */
static void test_signals(int32_t pid) {
    stop_in(pid, SYS_nanosleep);
    CHECK(fp_signal_thread(pid, pid, SIGUSR1) == 0 && fp_signal_thread(pid, pid, SIGSTOP) == 0);
    CHECK(enter(pid, 200 * MILLISECOND, -516) == 1);
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    const int first = event_status() >> 8;
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    const int second = event_status() >> 8;
    CHECK((first == SIGUSR1 && second == SIGSTOP) || (first == SIGSTOP && second == SIGUSR1));
    expect_end(pid, 0, 200);
}

int main(int argc, char **argv) {
    int32_t result[5];
    (void)argv;
    if (argc > 1)
        return debuggee();
    const int32_t pid = start_debuggee(result);
    run_to_stop(pid);
    place = (int64_t)(uintptr_t)&shared - base_of(getpid()) + base_of(pid);
    test_time_left(pid);
    test_no_wait(pid);
    test_signals(pid);
    test_shortened(pid);
    CHECK(fp_kill(pid, 1) == 0);
    end_debuggee(result);
    puts("timeouts: ok");
    return 0;
}
