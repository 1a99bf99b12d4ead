// A program that can get nothing new: no memory (argument "memory") or no descriptor ("descriptors"), with
// state of most kinds in what it has. EXIT-SUCCESS when all is as it was, and still nothing can be had.
#include "hazards/hazard.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

static void limit(int what, rlim_t most) {
    struct rlimit both;
    OK(getrlimit(what, &both));
    both.rlim_cur = most;
    OK(setrlimit(what, &both));
}

static void fill(void) {
    limit(RLIMIT_NOFILE, 64);
    while (open("/dev/null", O_RDONLY) >= 0) {
    }
    CHECK(errno == EMFILE);
}

static void *wait_for_it(void *barrier) {
    pthread_barrier_wait((pthread_barrier_t *)barrier);
    pthread_barrier_wait((pthread_barrier_t *)barrier);
    return NULL;
}

int main(int count, char **words) {
    int ends[2], pair[2], file = temporary_file();
    int counter = eventfd(5, 0), set = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    const int memory = count > 1 && strcmp(words[1], "memory") == 0;
    char text[8] = "";
    uint64_t value = 0;
    struct epoll_event event = {.events = EPOLLIN};
    struct itimerspec hour = {{0, 0}, {3600, 0}};
    int status = open("/proc/self/status", O_RDONLY), own = (int)syscall(SYS_pidfd_open, getpid(), 0);
    CHECK(status >= 0 && own >= 0);
    pthread_barrier_t barrier;
    OK(pthread_barrier_init(&barrier, NULL, 2));
    pthread_t thread = start(wait_for_it, &barrier);
    pthread_barrier_wait(&barrier);
    OK(pipe(ends));
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    OK(epoll_ctl(set, EPOLL_CTL_ADD, counter, &event));
    OK(timerfd_settime(timer, 0, &hour, NULL));
    CHECK(write(ends[1], "pipe", 4) == 4 && write(pair[1], "pair", 4) == 4 && write(file, "file", 4) == 4);
    if (memory) {
        limit(RLIMIT_AS, 4096);
        limit(RLIMIT_DATA, 4096);
        limit(RLIMIT_STACK, 4096);
    } else {
        fill();
    }
    checkpoint_here();
    CHECK(read(ends[0], text, sizeof text) == 4 && memcmp(text, "pipe", 4) == 0);
    CHECK(read(pair[0], text, sizeof text) == 4 && memcmp(text, "pair", 4) == 0);
    CHECK(lseek(file, 0, SEEK_CUR) == 4 && lseek(file, 0, SEEK_SET) == 0);
    CHECK(read(counter, &value, sizeof value) == sizeof value && value == 5);
    CHECK(epoll_wait(set, &event, 1, 0) == 0);
    CHECK(pread(status, text, 5, 0) == 5 && memcmp(text, "Name:", 5) == 0);
    OK(syscall(SYS_pidfd_send_signal, own, 0, NULL, 0));
    OK(timerfd_gettime(timer, &hour));
    CHECK(hour.it_value.tv_sec > 3000);
    if (memory)
        CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
    else
        CHECK(dup(0) == -1 && errno == EMFILE);
    pthread_barrier_wait(&barrier);
    join(thread);
    return succeed();
}
