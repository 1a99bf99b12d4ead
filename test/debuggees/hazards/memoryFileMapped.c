// stresses: memfds that are only mapped, their descriptors closed, and that are shortened and filled by map_files
#include "hazard.h"
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096, SIZE = 8 * PAGE };

// Takes a privilege (proc(5), map_files); -1: the program has not got it.
static int opened(const void *memory, long size) {
    char name[80];
    snprintf(name, sizeof name, "/proc/self/map_files/%lx-%lx", (long)memory, (long)memory + size);
    return open(name, O_RDWR);
}

static char *only_mapped(long mapped) {
    int file = memfd_create("hazard", 0);
    OK(ftruncate(file, SIZE));
    CHECK(pwrite(file, "tail", 4, 5 * PAGE) == 4);
    char *memory = mmap(NULL, (size_t)mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    OK(close(file));
    return memory;
}

static void change(const void *memory, long mapped, long size) {
    int file = opened(memory, mapped);
    if (file < 0)
        return;
    OK(ftruncate(file, size));
    CHECK(pwrite(file, "more", 4, size - 4) == 4);
    OK(close(file));
}

static int is_whole(const void *memory, long mapped, long size, const char *tail) {
    char text[5] = {0};
    struct stat status;
    int file = opened(memory, mapped);
    if (file < 0)
        return 1;
    OK(fstat(file, &status));
    CHECK(pread(file, text, 4, 5 * PAGE) >= 0);
    OK(close(file));
    return status.st_size == size && strcmp(text, tail) == 0;
}

int main(void) {
    char *part = only_mapped(PAGE), *all = only_mapped(SIZE);
    strcpy(part, "head");
    strcpy(all + PAGE, "next");
    checkpoint_here();
    CHECK(strcmp(part, "head") == 0 && strcmp(all + PAGE, "next") == 0 &&
          memcmp(all + 5 * PAGE, "tail", 4) == 0);
    CHECK(is_whole(part, PAGE, SIZE, "tail") && is_whole(all, SIZE, SIZE, "tail"));
    strcpy(part, "else");
    all[PAGE] = 0;
    change(part, PAGE, 100);
    change(all, SIZE, 2 * PAGE);
    checkpoint_here();
    CHECK(strcmp(part, "else") == 0 && all[PAGE] == 0);
    CHECK(is_whole(part, PAGE, 100, "") && is_whole(all, SIZE, 2 * PAGE, ""));
    change(part, PAGE, 2 * SIZE);
    change(all, SIZE, 2 * SIZE);
    checkpoint_here();
    CHECK(is_whole(part, PAGE, 2 * SIZE, "") && is_whole(all, SIZE, 2 * SIZE, ""));
    return succeed();
}
