// stresses: memfd with seals, among them one by which a mapping that is there is the last that may write
#include "hazard.h"
#include <sys/mman.h>

enum { SIZE = 8 * 4096 };

int main(void) {
    int file = memfd_create("hazard", MFD_ALLOW_SEALING);
    OK(ftruncate(file, SIZE));
    int *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    OK(fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK));
    memory[0] = 1;
    checkpoint_here();
    CHECK(memory[0] == 1 && memory[2048] == 0);
    memory[0] = 2;
    OK(fcntl(file, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    memory[2048] = 3;
    checkpoint_here();
    CHECK(memory[0] == 2 && memory[2048] == 3 && memory[4096] == 0);
    memory[0] = memory[2048] = memory[4096] = 4;
    checkpoint_here();
    CHECK(memory[0] == 4 && memory[4096] == 4 && memory[6000] == 0);
    return succeed();
}
