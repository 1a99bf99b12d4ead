// Holds what no copy can have, as far as it gets it, and says what it got.
#include <linux/aio_abi.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    aio_context_t context = 0;
    if (syscall(SYS_io_setup, 8, &context) == 0)
        puts("asynchronous I/O");
    if (syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY) >= 0)
        puts("userfaultfd");
    char parameters[120];
    memset(parameters, 0, sizeof parameters);
    if (syscall(SYS_io_uring_setup, 8, parameters) >= 0)
        puts("io_uring");
    struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE,
                                         .size = sizeof attributes,
                                         .config = PERF_COUNT_SW_DUMMY,
                                         .exclude_kernel = 1};
    int counter = (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0);
    if (counter >= 0 && mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, counter, 0) != MAP_FAILED)
        puts("performance counters");
    int secret = (int)syscall(SYS_memfd_secret, 0);
    if (secret >= 0 && ftruncate(secret, 4096) == 0) {
        char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, secret, 0);
        if (memory != MAP_FAILED) {
            memory[0] = 1;
            puts("secret memory");
        }
    }
    fflush(stdout);
    marked(); // #BP1
    return 0;
}
