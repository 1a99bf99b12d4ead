// stresses: shared anonymous memory, written after the checkpoint
#include "hazard.h"
#include <sys/mman.h>

enum { SIZE = 16 * 4096 };

int main(void) {
    int *area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    for (int round = 0; round < 4; round++) {
        for (unsigned i = 0; i < SIZE / sizeof *area; i += 512)
            CHECK(area[i]++ == round);
        checkpoint_here();
        CHECK(area[512] == round + 1);
    }
    OK(mprotect(area, SIZE, PROT_READ));
    checkpoint_here();
    CHECK(area[1024] == 4);
    return succeed();
}
