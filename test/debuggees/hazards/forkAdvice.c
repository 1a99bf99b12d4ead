// stresses: memory that a fork leaves out (MADV_DONTFORK) or clears (MADV_WIPEONFORK)
#include "hazard.h"
#include <sys/mman.h>

enum { SIZE = 4 * 4096 };

static char *area(int advice, char fill) {
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    memset(memory, fill, SIZE);
    OK(madvise(memory, SIZE, advice));
    return memory;
}

static void check(const char *memory, char fill) {
    for (int i = 0; i < SIZE; i += 1000)
        CHECK(memory[i] == fill);
}

int main(void) {
    char *absent = area(MADV_DONTFORK, 'd'), *wiped = area(MADV_WIPEONFORK, 'w');
    for (int round = 0; round < 3; round++) {
        checkpoint_here();
        check(absent, (char)('d' + round));
        check(wiped, (char)('w' + round));
        memset(absent, 'e' + round, SIZE);
        memset(wiped, 'x' + round, SIZE);
    }
    OK(madvise(wiped, SIZE, MADV_KEEPONFORK));
    OK(madvise(absent, SIZE, MADV_DOFORK));
    checkpoint_here();
    check(absent, 'g');
    check(wiped, 'z');
    return succeed();
}
