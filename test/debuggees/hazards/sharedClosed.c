// stresses: shared memory that the program cannot write, or read, at the time, and writes later or by its descriptor
// builds: default musl muslDynamic
#include "hazard.h"
#include <sys/mman.h>

enum { SIZE = 8 * 4096 };

int main(void) {
    int *plain = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(plain != MAP_FAILED);
    int file = memfd_create("hazard", 0), value = 7;
    OK(ftruncate(file, SIZE));
    const int *seen = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
    CHECK(seen != MAP_FAILED);
    plain[0] = 1;
    OK(mprotect(plain, SIZE, PROT_READ));
    checkpoint_here();
    CHECK(plain[0] == 1 && plain[2048] == 0 && seen[0] == 0 && seen[3000] == 0);
    OK(mprotect(plain, SIZE, PROT_READ | PROT_WRITE));
    plain[0] = 2;
    plain[2048] = 3;
    CHECK(pwrite(file, &value, sizeof value, 3000 * sizeof value) == sizeof value);
    OK(mprotect(plain, SIZE, PROT_NONE));
    checkpoint_here();
    OK(mprotect(plain, SIZE, PROT_READ | PROT_WRITE));
    CHECK(plain[0] == 2 && plain[2048] == 3 && seen[0] == 0 && seen[3000] == value);
    plain[0] = 4;
    CHECK(pwrite(file, &value, sizeof value, 0) == sizeof value);
    return succeed();
}
