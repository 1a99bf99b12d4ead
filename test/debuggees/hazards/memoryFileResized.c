// stresses: size of memfds that are mapped, what is in them outside of that, mappings beyond their end
// builds: default static
#include "hazard.h"
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, TAIL = 100000, FAR = 1 << 30 };

static int whole, part;

static long size_of(int file) {
    struct stat status;
    OK(fstat(file, &status));
    return status.st_size;
}

static const char *in(int file, long at) {
    static char text[5];
    memset(text, 0, sizeof text);
    CHECK(pread(file, text, 4, at) >= 0);
    return text;
}

static char *mapped(int file, long size, int access, long at) {
    char *memory = mmap(NULL, (size_t)size, access, MAP_SHARED, file, at);
    CHECK(memory != MAP_FAILED);
    return memory;
}

int main(void) {
    whole = memfd_create("whole", 0);
    part = memfd_create("part", 0);
    OK(ftruncate(whole, 5000));
    OK(ftruncate(part, FAR));
    CHECK(pwrite(whole, "last", 4, 4990) == 4 && pwrite(part, "tail", 4, TAIL) == 4);
    // The first page, all and more than there is, to look at; one page of the other, and its end twice.
    char *first = mapped(whole, PAGE, PROT_READ | PROT_WRITE, 0);
    const char *seen = mapped(whole, 8 * PAGE, PROT_READ, 0);
    char *page = mapped(part, PAGE, PROT_READ | PROT_WRITE, 16 * PAGE);
    char *end = mapped(part, 4 * PAGE, PROT_READ | PROT_WRITE, FAR - 2 * PAGE);
    const char *beyond = mapped(part, 4 * PAGE, PROT_READ, FAR - PAGE);
    for (int round = 0; round < 3; round++) {
        memcpy(first, "head", 4);
        memcpy(page, "page", 4);
        memcpy(end + PAGE, "last", 4);
        checkpoint_here();
        CHECK(size_of(whole) == 5000 && size_of(part) == FAR);
        CHECK(memcmp(seen, "head", 4) == 0 && strcmp(in(whole, 4990), "last") == 0);
        CHECK(memcmp(seen + 4990, "last", 4) == 0);
        CHECK(memcmp(page, "page", 4) == 0 && strcmp(in(part, 0), "") == 0 &&
              strcmp(in(part, FAR / 2), "") == 0);
        CHECK(strcmp(in(part, TAIL), "tail") == 0 && memcmp(beyond, "last", 4) == 0 && end[0] == 0);
        // Shorter.
        OK(ftruncate(whole, 100));
        OK(ftruncate(part, 17 * PAGE));
        memcpy(first, "some", 4);
        memcpy(page, "else", 4);
        checkpoint_here();
        CHECK(size_of(whole) == 100 && size_of(part) == 17 * PAGE);
        CHECK(memcmp(seen, "some", 4) == 0 && memcmp(page, "else", 4) == 0);
        // Longer, with something where there was nothing.
        OK(ftruncate(whole, 20000));
        OK(ftruncate(part, FAR + 8 * PAGE));
        CHECK(strcmp(in(whole, 4990), "") == 0 && strcmp(in(part, TAIL), "") == 0 && beyond[0] == 0);
        CHECK(pwrite(whole, "more", 4, 19000) == 4 && pwrite(part, "more", 4, FAR / 2) == 4);
        memcpy(end + 3 * PAGE, "more", 4);
        checkpoint_here();
        CHECK(size_of(whole) == 20000 && size_of(part) == FAR + 8 * PAGE);
        CHECK(memcmp(seen + 19000, "more", 4) == 0 && strcmp(in(part, FAR / 2), "more") == 0);
        CHECK(memcmp(beyond + 2 * PAGE, "more", 4) == 0);
        OK(ftruncate(whole, 0));
        OK(ftruncate(part, 0));
        OK(ftruncate(whole, 5000));
        OK(ftruncate(part, FAR));
        CHECK(pwrite(whole, "last", 4, 4990) == 4 && pwrite(part, "tail", 4, TAIL) == 4);
    }
    return succeed();
}
