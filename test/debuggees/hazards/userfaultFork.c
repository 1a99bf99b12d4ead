// stresses: a userfaultfd that is told of forks, which wait until its reader has heard of them: a thread that stands still
// expects: notRestored userfaultfd: it watches the memory of the first process only
#include "hazard.h"
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { SIZE = 16 * 4096 };

static int watcher;
static volatile int faults, forks;

static void *watch(void *unused) {
    for (;;) {
        struct uffd_msg event;
        struct pollfd ready = {watcher, POLLIN, 0};
        RETRY(poll(&ready, 1, -1));
        if (read(watcher, &event, sizeof event) != sizeof event)
            continue;
        if (event.event == UFFD_EVENT_FORK) {
            forks++;
            OK(close((int)event.arg.fork.ufd));
            continue;
        }
        struct uffdio_zeropage page = {.range = {event.arg.pagefault.address & ~4095ULL, 4096}};
        faults++;
        CHECK(ioctl(watcher, UFFDIO_ZEROPAGE, &page) == 0 || errno == EEXIST);
    }
    return unused;
}

// Not everybody may be told of forks (CAP_SYS_PTRACE), or has userfaultfd at all.
static int open_watcher(char *memory) {
    struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_EVENT_FORK};
    struct uffdio_register area = {.range = {(uint64_t)(uintptr_t)memory, SIZE},
                                   .mode = UFFDIO_REGISTER_MODE_MISSING};
    watcher = (int)syscall(SYS_userfaultfd, O_NONBLOCK | UFFD_USER_MODE_ONLY);
    if (watcher < 0)
        return -1;
    if (ioctl(watcher, UFFDIO_API, &api) == 0)
        return ioctl(watcher, UFFDIO_REGISTER, &area);
    close(watcher);
    api = (struct uffdio_api){.api = UFFD_API};
    watcher = (int)syscall(SYS_userfaultfd, O_NONBLOCK | UFFD_USER_MODE_ONLY);
    OK(ioctl(watcher, UFFDIO_API, &api));
    return ioctl(watcher, UFFDIO_REGISTER, &area) == 0 ? 1 : -1;
}

int main(void) {
    volatile char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    const int opened = open_watcher((char *)memory);
    CHECK(opened >= 0);
    start(watch, NULL);
    CHECK(memory[0] == 0 && faults == 1);
    checkpoint_here();
    CHECK(memory[4096] == 0 && faults == 2);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(RETRY(waitpid(child, NULL, 0)) == child);
    // Of the program's own forks only: copies are none of them.
    CHECK(forks == (opened == 0));
    checkpoint_here();
    CHECK(memory[8192] == 0 && faults == 3);
    return succeed();
}
