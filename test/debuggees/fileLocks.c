// Holds locks of every kind when the debugger stops it at `checkpoint_here`, and lets them go later. A child
// that shares nothing with it tries them. EXIT-SUCCESS when they were held, and later were not.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static char name[64], other[64];

void checkpoint_here(void) { asm volatile(""); }

/* Which of the bytes 0 to 39 another process cannot lock for writing, as many as can be told apart. */
static int blocked(const char *file, long start) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
        const int descriptor = open(file, O_RDWR | O_CLOEXEC);
        _exit(fcntl(descriptor, F_SETLK, &lock) != 0);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static int held_open(const char *file) {
    int status = 0;
    const pid_t child = fork();
    if (child == 0)
        _exit(flock(open(file, O_RDWR | O_CLOEXEC), LOCK_EX | LOCK_NB) != 0);
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

static void record(int descriptor, int command, short type, long start, long length) {
    struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(descriptor, command, &lock) != 0)
        perror("fcntl");
}

int main(void) {
    snprintf(name, sizeof name, "/tmp/forkpoint-locks-XXXXXX");
    snprintf(other, sizeof other, "/tmp/forkpoint-locks-XXXXXX");
    const int file = mkstemp(name), second = mkstemp(other);
    const int again = dup(file);
    record(file, F_SETLK, F_WRLCK, 0, 10);
    record(file, F_SETLK, F_RDLCK, 20, 5);
    record(again, F_SETLK, F_WRLCK, 1000, 0);
    record(second, F_OFD_SETLK, F_WRLCK, 5, 1);
    flock(second, LOCK_EX);
    for (int round = 0; round < 2; round++) {
        checkpoint_here();
        printf("%d%d%d%d%d %d%d%d\n", blocked(name, 0), blocked(name, 9), blocked(name, 10),
               blocked(name, 24), blocked(name, 2000), blocked(other, 5), blocked(other, 6),
               held_open(other));
        record(file, F_SETLK, F_UNLCK, 0, 0);
        record(second, F_OFD_SETLK, F_UNLCK, 0, 0);
        flock(second, LOCK_UN);
    }
    unlink(name);
    unlink(other);
    puts("EXIT-SUCCESS");
    return 0;
}
