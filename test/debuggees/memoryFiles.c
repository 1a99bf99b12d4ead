// Memory files of which not all can be kept, or be put back: one that is sealed behind #BP1, one that is
// large, and one that is only mapped. Says how large the first two are.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE (80L << 20)

void marked(void) {}

static long size_of(int file) {
    struct stat status;
    return fstat(file, &status) == 0 ? (long)status.st_size : -1;
}

int main(void) {
    int sealable = memfd_create("sealable", MFD_ALLOW_SEALING), large = memfd_create("large", 0);
    int closed = memfd_create("closed", 0);
    char *bytes = malloc(LARGE), *only;
    memset(bytes, 1, LARGE);
    if (write(sealable, bytes, 4) != 4 || write(large, bytes, LARGE) != LARGE || ftruncate(closed, 8192) != 0)
        return 2;
    free(bytes);
    only = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, closed, 0);
    if (only == MAP_FAILED || close(closed) != 0)
        return 2;
    only[0] = 1;
    marked(); // #BP1
    printf("%ld %ld\n", size_of(sealable), size_of(large));
    fflush(stdout);
    if (ftruncate(sealable, 2) != 0 || ftruncate(large, 0) != 0 ||
        fcntl(sealable, F_ADD_SEALS, F_SEAL_GROW) != 0)
        return 2;
    return 0;
}
