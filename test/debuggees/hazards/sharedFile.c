// stresses: shared memory of a file, written through the mapping
#include "hazard.h"
#include <sys/mman.h>

int main(void) {
    int file = temporary_file(), seen;
    OK(ftruncate(file, 8192));
    int *area = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
    CHECK(area != MAP_FAILED && private != MAP_FAILED);
    private[1024] = 77;
    for (int round = 0; round < 4; round++) {
        CHECK(area[1024]++ == round);
        checkpoint_here();
        CHECK(pread(file, &seen, sizeof seen, 4096) == sizeof seen && seen == round + 1);
        CHECK(private[1024]++ == 77 + round);
    }
    return succeed();
}
