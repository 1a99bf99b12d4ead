// stresses: files of /proc about the program itself, one of its threads, its memory, and its folder
// builds: default static
#include "hazard.h"

static volatile int number;
static int about_thread;
static volatile int go_on;

static void *thread(void *argument) {
    char name[80];
    snprintf(name, sizeof name, "/proc/self/task/%ld/comm", syscall(SYS_gettid));
    about_thread = open(name, O_RDWR | O_CLOEXEC);
    CHECK(about_thread >= 0);
    __atomic_store_n((int *)argument, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&go_on, __ATOMIC_SEQ_CST))
        let_others_block();
    return NULL;
}

// The id that a status file, open since before, tells.
static long id_in(int status) {
    char text[2000];
    long size = pread(status, text, sizeof text - 1, 0);
    CHECK(size > 0);
    text[size] = 0;
    return strtol(strstr(text, "\nTgid:") + 6, NULL, 10);
}

int main(void) {
    int started = 0, memory = open("/proc/self/mem", O_RDWR), status = open("/proc/self/status", O_RDONLY);
    int folder = open("/proc/self", O_RDONLY | O_DIRECTORY), other = open("/proc/version", O_RDONLY);
    CHECK(memory >= 0 && status >= 0 && folder >= 0 && other >= 0);
    pthread_t second = start(thread, &started);
    while (!__atomic_load_n(&started, __ATOMIC_SEQ_CST))
        let_others_block();
    for (int round = 1; round < 4; round++) {
        char text[20];
        checkpoint_here();
        CHECK(pwrite(memory, &round, sizeof round, (off_t)(uintptr_t)&number) == sizeof round);
        CHECK(number == round);
        CHECK(id_in(status) == getpid());
        int within = openat(folder, "status", O_RDONLY);
        CHECK(within >= 0 && id_in(within) == getpid());
        OK(close(within));
        snprintf(text, sizeof text, "round %d", round);
        CHECK(write(about_thread, text, strlen(text)) == (long)strlen(text));
        CHECK(pread(about_thread, text, sizeof text, 0) == 8 && text[6] == '0' + round);
        CHECK(fcntl(about_thread, F_GETFD) == FD_CLOEXEC && fcntl(memory, F_GETFD) == 0);
        CHECK(pread(other, text, 5, 0) == 5 && memcmp(text, "Linux", 5) == 0);
    }
    go_on = 1;
    join(second);
    return succeed();
}
