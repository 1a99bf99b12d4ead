// stresses: memory of a memfd, mapped twice, written through the mapping and through the descriptor
#include "hazard.h"
#include <sys/mman.h>

enum { SIZE = 8 * 4096 };

int main(void) {
    int file = memfd_create("hazard", 0), value = 1000;
    OK(ftruncate(file, SIZE));
    int *first = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    int *second = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 4096);
    CHECK(first != MAP_FAILED && second != MAP_FAILED);
    for (int round = 0; round < 4; round++) {
        CHECK(first[1024] == (round == 0 ? 0 : 999 + round));
        CHECK(pwrite(file, &value, sizeof value, 4096) == sizeof value);
        checkpoint_here();
        CHECK(second[0] == value && first[1024] == value);
        CHECK(first[0]++ == round);
        value++;
    }
    OK(munmap(second, 4096));
    checkpoint_here();
    CHECK(first[0] == 4);
    return succeed();
}
