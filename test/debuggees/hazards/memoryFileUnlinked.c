// stresses: files in memory that lost their name: size, contents in and outside of what is mapped
#include "hazard.h"
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, SIZE = 16 * PAGE };

static int is(int file, const char *text, long at) {
    char found[5] = {0};
    return pread(file, found, 4, at) == 4 && strcmp(found, text) == 0;
}

static void put(int file, const char *text, long at) { CHECK(pwrite(file, text, 4, at) == 4); }

static long size_of(int file) {
    struct stat status;
    OK(fstat(file, &status));
    return status.st_size;
}

int main(void) {
    char name[40];
    snprintf(name, sizeof name, "/hazard-%d-%lld", getpid(), (long long)now_ns(CLOCK_MONOTONIC));
    int file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600),
        open_only = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
    CHECK(file >= 0 && open_only >= 0);
    OK(shm_unlink(name));
    OK(ftruncate(file, SIZE));
    int same = open_again(file, O_RDONLY);
    char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    strcpy(memory, "head");
    put(file, "tail", 40000);
    put(open_only, "only", 0);
    checkpoint_here();
    CHECK(is(same, "head", 0) && is(same, "tail", 40000) && is(same, "\0\0\0\0", 50000));
    CHECK(size_of(file) == SIZE && is(open_only, "only", 0) && size_of(open_only) == 4);
    put(file, "else", 40000);
    put(file, "some", 0);
    put(file, "hole", 50000);
    put(open_only, "more", 8);
    checkpoint_here();
    CHECK(memcmp(memory, "some", 4) == 0 && is(same, "else", 40000) && is(same, "hole", 50000));
    CHECK(size_of(open_only) == 12 && is(open_only, "more", 8));
    OK(ftruncate(file, 10));
    OK(ftruncate(open_only, 0));
    checkpoint_here();
    CHECK(size_of(same) == 10 && size_of(open_only) == 0 && memcmp(memory, "some", 4) == 0);
    // Mapped only from here on, and open to look at.
    OK(close(file));
    strcpy(memory, "last");
    checkpoint_here();
    CHECK(is(same, "last", 0) && size_of(same) == 10);
    OK(close(same));
    strcpy(memory, "over");
    return succeed();
}
