// stresses: mappings that come, go, move and change their protection; the heap's end
// builds: default static optimized
#include "hazard.h"
#include <sys/mman.h>

int main(void) {
    char *first = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *end = sbrk(0), *blocks[20];
    unsigned char resident;
    strcpy(first + 4096, "kept");
    checkpoint_here();
    CHECK(sbrk(10 * 4096) == end);
    strcpy(end, "heap");
    OK(munmap(first + 4 * 4096, 4096));
    OK(mprotect(first, 4096, PROT_NONE));
    checkpoint_here();
    CHECK(strcmp(first + 4096, "kept") == 0 && strcmp(end, "heap") == 0);
    CHECK(mincore(first + 4 * 4096, 4096, &resident) == -1 && errno == ENOMEM);
    char *moved = mremap(first + 4096, 4096, 3 * 4096, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    checkpoint_here();
    CHECK(strcmp(moved, "kept") == 0 && moved[2 * 4096] == 0);
    CHECK(sbrk(0) == end + 10 * 4096);
    for (int i = 0; i < 20; i++) {
        CHECK((blocks[i] = malloc(10 << i)) != NULL);
        memset(blocks[i], i, 10);
    }
    checkpoint_here();
    for (int i = 0; i < 20; i++) {
        CHECK(blocks[i][9] == i);
        free(blocks[i]);
    }
    return succeed();
}
