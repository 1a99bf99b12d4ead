// stresses: time-outs that run out in poll, sleeps and futex: result, registers, memory, none too early
// builds: default optimized static
#include "hazard.h"
#include <linux/futex.h>
#include <poll.h>

static int ends[2];

// Makes a call, whose first four arguments must be in their registers afterwards.
static long call(long number, long first, long second, long third, long fourth) {
    long result, rdi = first, rsi = second, rdx = third;
    register long r10 __asm__("r10") = fourth;
    __asm__ volatile("syscall"
                     : "=a"(result), "+D"(rdi), "+S"(rsi), "+d"(rdx), "+r"(r10)
                     : "a"(number)
                     : "rcx", "r11", "memory");
    CHECK(rdi == first && rsi == second && rdx == third && r10 == fourth);
    return result;
}

static void *poll_ms(void *ms) {
    struct pollfd files[] = {{ends[0], POLLIN, -1}, {-1, POLLIN, -1}, {ends[1], POLLIN, -1}};
    CHECK(call(SYS_poll, (long)files, 3, (intptr_t)ms, 0) == 0);
    CHECK(files[0].revents == 0 && files[1].revents == 0 && files[2].revents == 0);
    CHECK(files[0].events == POLLIN && files[0].fd == ends[0]);
    return NULL;
}

static void *sleep_ms(void *ms) {
    struct timespec time = timespec_of((intptr_t)ms * 1000000), before = time;
    CHECK(call(SYS_nanosleep, (long)&time, 0, 0, 0) == 0);
    CHECK(time.tv_sec == before.tv_sec && time.tv_nsec == before.tv_nsec);
    return NULL;
}

static void *sleep_by_clock(void *ms) {
    struct timespec time = timespec_of((intptr_t)ms * 1000000), rest = {0, 0};
    CHECK(call(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0, (long)&time, (long)&rest) == 0);
    // What was left when it was interrupted last, and by how much it may end late (PR_SET_TIMERSLACK).
    CHECK(rest.tv_sec * INT64_C(1000000000) + rest.tv_nsec < (intptr_t)ms * 1000000 + 50000);
    return NULL;
}

static void *wait_ms(void *ms) {
    struct timespec time = timespec_of((intptr_t)ms * 1000000);
    int word = 3;
    CHECK(call(SYS_futex, (long)&word, FUTEX_WAIT_PRIVATE, 3, (long)&time) == -ETIMEDOUT);
    return NULL;
}

static void *(*const waits[])(void *) = {poll_ms, sleep_ms, sleep_by_clock, wait_ms};

static void timed(int wait, intptr_t ms) {
    int64_t begin = now_ns(CLOCK_MONOTONIC);
    waits[wait]((void *)ms);
    CHECK(now_ns(CLOCK_MONOTONIC) >= begin + ms * 1000000);
}

static void *all_of(void *ms) {
    for (int i = 0; i < 4; i++)
        timed(i, (intptr_t)ms);
    return NULL;
}

int main(void) {
    OK(pipe(ends));
    pthread_t threads[] = {start(poll_ms, (void *)120), start(sleep_ms, (void *)120),
                           start(sleep_by_clock, (void *)120), start(wait_ms, (void *)120),
                           start(all_of, (void *)30)};
    let_others_block();
    for (int i = 0; i < 4; i++) {
        checkpoint_here();
        timed(i, 25);
    }
    checkpoint_here();
    for (int i = 0; i < 5; i++)
        join(threads[i]);
    return succeed();
}
