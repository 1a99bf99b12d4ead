// stresses: what is in memfds that are not mapped, their size, and one by two descriptors
// builds: default static
#include "hazard.h"
#include <sys/mman.h>
#include <sys/stat.h>

static char text[6];

static const char *in(int file) {
    memset(text, 0, sizeof text);
    CHECK(pread(file, text, 5, 0) >= 0);
    return text;
}

static long size_of(int file) {
    struct stat status;
    OK(fstat(file, &status));
    return status.st_size;
}

int main(void) {
    int file = memfd_create("hazard", MFD_ALLOW_SEALING), same = dup(file), second = memfd_create("second", 0);
    CHECK(write(file, "first", 5) == 5);
    checkpoint_here();
    CHECK(strcmp(in(same), "first") == 0 && size_of(file) == 5 && lseek(file, 0, SEEK_CUR) == 5);
    CHECK(size_of(second) == 0);
    CHECK(pwrite(file, "other", 5, 0) == 5);
    OK(ftruncate(file, 10000));
    CHECK(write(second, "here", 4) == 4);
    checkpoint_here();
    CHECK(strcmp(in(file), "other") == 0 && size_of(file) == 10000 && strcmp(in(second), "here") == 0);
    OK(ftruncate(file, 0));
    OK(close(second));
    checkpoint_here();
    CHECK(size_of(same) == 0);
    CHECK(write(same, "third", 5) == 5 && size_of(file) == 10);
    return succeed();
}
