// stresses: process and thread ids, as the kernel, glibc and the program's own memory have them
// positions: markers
// builds: default static musl
#include "hazard.h"

static pid_t process;
static pthread_barrier_t barrier;

static void same_everywhere(void) {
    CHECK(getpid() == syscall(SYS_getpid));
    CHECK(gettid() == syscall(SYS_gettid));
    CHECK(!keeps_ids() || getpid() == process);
    OK(pthread_kill(pthread_self(), 0));
    OK(kill(getpid(), 0));
    OK(syscall(SYS_tgkill, getpid(), gettid(), 0));
}

static void *check(void *unused) {
    pid_t own = gettid();
    CHECK(own != getpid());
    for (int i = 0; i < 3; i++) {
        pthread_barrier_wait(&barrier);
        checkpoint_here();
        same_everywhere();
        CHECK(!keeps_ids() || gettid() == own);
    }
    return unused;
}

int main(void) {
    process = getpid();
    OK(pthread_barrier_init(&barrier, NULL, 3));
    pthread_t threads[] = {start(check, NULL), start(check, NULL)};
    for (int i = 0; i < 3; i++) {
        same_everywhere();
        CHECK(getpid() == gettid());
        pthread_barrier_wait(&barrier);
    }
    join(threads[0]);
    join(threads[1]);
    same_everywhere();
    return succeed();
}
