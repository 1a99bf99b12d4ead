// Threads that pass numbers through what the kernel has between them, for ever: each activity counts what it has done and finds
// out when anything is lost, doubled, out of order or too early. Arguments: names of activities (default: all).
#include "hazards/hazard.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

// A thread has had its turn, of one activity or another.
__attribute__((noinline)) void turn_done(void) { __asm__ volatile("" ::: "memory"); }

// What has been done: a test sees each of them grow, or the activity hangs.
volatile long timers, events, streams, datagrams, packets, connections, queued, waits, sleeps, polls, edges, turns, shares, offsets,
    rights;

// In as many parts as a stream makes of them.
static void send_number(int end, int number) {
    for (size_t done = 0; done < sizeof number;) {
        ssize_t part = RETRY(write(end, (char *)&number + done, sizeof number - done));
        CHECK(part > 0);
        done += (size_t)part;
    }
}

static int receive_number(int end) {
    int number;
    for (size_t done = 0; done < sizeof number;) {
        ssize_t part = RETRY(read(end, (char *)&number + done, sizeof number - done));
        CHECK(part > 0);
        done += (size_t)part;
    }
    return number;
}

// Timers, two that are set anew and one that repeats, in an epoll set.
static void *use_timers(void *unused) {
    const struct itimerspec often = {{0, 900000}, {0, 900000}};
    int set = epoll_create1(0), all[3];
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = i};
        all[i] = timerfd_create(i == 2 ? CLOCK_REALTIME : CLOCK_MONOTONIC, TFD_NONBLOCK);
        OK(epoll_ctl(set, EPOLL_CTL_ADD, all[i], &event));
        OK(timerfd_settime(all[i], 0, &often, NULL));
    }
    for (;;) {
        struct epoll_event event;
        uint64_t count;
        if (RETRY(epoll_wait(set, &event, 1, -1)) != 1)
            continue;
        CHECK(read(all[event.data.fd], &count, sizeof count) == sizeof count && count >= 1);
        struct itimerspec once = {{0, 0}, {0, 300000 + 400000 * event.data.fd}};
        if (event.data.fd < 2)
            OK(timerfd_settime(all[event.data.fd], 0, &once, NULL));
        timers++;
    }
    return unused;
}

// A token between two counters.
static int counters[2];

static void *pass_token(void *which) {
    int mine = (int)(intptr_t)which;
    for (;;) {
        uint64_t token = 1;
        CHECK(RETRY(read(counters[mine], &token, sizeof token)) == sizeof token && token == 1);
        events++;
        turn_done();
        CHECK(write(counters[!mine], &token, sizeof token) == sizeof token);
    }
    return NULL;
}

static void start_events(void) {
    counters[0] = eventfd(1, 0);
    counters[1] = eventfd(0, EFD_SEMAPHORE);
    start(pass_token, (void *)0);
    start(pass_token, (void *)1);
}

#include "trafficMessages.h"

// What waits is not early.
enum { WAIT_NS = 400000, POLL_MS = 2 };

static void *wait_timed(void *unused) {
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never;
    pthread_condattr_t monotonic;
    OK(pthread_condattr_init(&monotonic));
    OK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC));
    OK(pthread_cond_init(&never, &monotonic));
    for (;; waits++) {
        int64_t end = now_ns(CLOCK_MONOTONIC) + WAIT_NS;
        struct timespec until = {end / 1000000000, end % 1000000000};
        OK(pthread_mutex_lock(&mutex));
        int result;
        do
            result = pthread_cond_timedwait(&never, &mutex, &until);
        while (result == 0);
        CHECK(result == ETIMEDOUT && now_ns(CLOCK_MONOTONIC) >= end);
        OK(pthread_mutex_unlock(&mutex));
    }
    return unused;
}

static void *sleep_on(void *unused) {
    for (;; sleeps++) {
        struct timespec time = {0, WAIT_NS};
        int64_t end = now_ns(CLOCK_MONOTONIC) + WAIT_NS;
        OK(nanosleep(&time, NULL));
        CHECK(now_ns(CLOCK_MONOTONIC) >= end);
    }
    return unused;
}

static void *poll_on(void *unused) {
    int ends[2];
    OK(pipe(ends));
    for (;; polls++) {
        struct pollfd wanted = {ends[0], POLLIN, 0};
        int64_t end = now_ns(CLOCK_MONOTONIC) + POLL_MS * 1000000;
        CHECK(poll(&wanted, 1, POLL_MS) == 0);
        CHECK(now_ns(CLOCK_MONOTONIC) >= end);
    }
    return unused;
}

// Edges: one that is lost is never told again.
static int there[2], back[2];

static void *take_edges(void *unused) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int set = epoll_create1(0), number = -1;
    OK(epoll_ctl(set, EPOLL_CTL_ADD, there[0], &event));
    for (int expected = 0;; expected++) {
        while (read(there[0], &number, sizeof number) < 0) {
            CHECK(errno == EAGAIN || errno == EINTR);
            CHECK(RETRY(epoll_wait(set, &event, 1, -1)) >= 0);
        }
        CHECK(number == expected);
        edges++;
        send_number(back[1], number);
    }
    return unused;
}

static void *make_edges(void *unused) {
    for (int number = 0;; number++) {
        send_number(there[1], number);
        CHECK(receive_number(back[0]) == number);
    }
    return unused;
}

static void start_edges(void) {
    OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, there));
    OK(pipe(back));
    start(take_edges, NULL);
    start(make_edges, NULL);
}

// Locks of open files exclude each other.
static long inside, outside;

static void *take_turns(void *unused) {
    int file = open("/proc/self/exe", O_RDONLY);
    for (;;) {
        OK(RETRY(flock(file, LOCK_EX)));
        CHECK(inside == outside);
        inside++;
        turns++;
        outside++;
        OK(flock(file, LOCK_UN));
        sched_yield();
    }
    return unused;
}

static void start_turns(void) {
    start(take_turns, NULL);
    start(take_turns, NULL);
}

// Shared memory under a lock that is in it.
static struct shared {
    pthread_mutex_t mutex;
    long first, second;
} * shared;

static void *use_shared(void *unused) {
    for (;;) {
        OK(pthread_mutex_lock(&shared->mutex));
        CHECK(shared->first == shared->second && shared->first == shares);
        shared->first++;
        shares++;
        shared->second++;
        OK(pthread_mutex_unlock(&shared->mutex));
        sched_yield();
    }
    return unused;
}

static void start_shares(void) {
    pthread_mutexattr_t attributes;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(shared != MAP_FAILED);
    OK(pthread_mutexattr_init(&attributes));
    OK(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED));
    OK(pthread_mutex_init(&shared->mutex, &attributes));
    start(use_shared, NULL);
    start(use_shared, NULL);
}

// A file that is read where it was left.
static void *read_on(void *unused) {
    int file = open("/proc/self/exe", O_RDONLY);
    off_t expected = 0;
    for (;; offsets++) {
        char got[333], there_is[333];
        CHECK(lseek(file, 0, SEEK_CUR) == expected);
        ssize_t size = read(file, got, sizeof got);
        CHECK(size >= 0 && pread(file, there_is, sizeof there_is, expected) == size);
        CHECK(memcmp(got, there_is, (size_t)size) == 0);
        expected = size == 0 ? lseek(file, 0, SEEK_SET) : expected + size;
        sched_yield();
    }
    return unused;
}

static void start_timers(void) { start(use_timers, NULL); }
static void start_waits(void) { start(wait_timed, NULL); }
static void start_sleeps(void) { start(sleep_on, NULL); }
static void start_polls(void) { start(poll_on, NULL); }
static void start_offsets(void) { start(read_on, NULL); }

static const struct activity {
    const char *name;
    void (*start)(void);
} activities[] = {
    {"timers", start_timers},       {"events", start_events},
    {"streams", start_streams},     {"datagrams", start_datagrams},
    {"packets", start_packets},     {"connections", start_connections},
    {"queued", start_queued},       {"waits", start_waits},
    {"sleeps", start_sleeps},       {"polls", start_polls},
    {"edges", start_edges},         {"turns", start_turns},
    {"shares", start_shares},       {"offsets", start_offsets},
    {"rights", start_rights},
};

static int wanted(int count, char **words, const char *activity) {
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], activity) == 0)
            return 1;
    return count == 1;
}

int main(int count, char **words) {
    block_signal(SIGRTMIN + 1);
    for (size_t i = 0; i < sizeof activities / sizeof *activities; i++)
        if (wanted(count, words, activities[i].name))
            activities[i].start();
    for (;;)
        pause();
}
