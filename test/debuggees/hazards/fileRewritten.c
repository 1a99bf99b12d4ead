// stresses: a deleted file, written in place and read back, so that writing it twice changes nothing
#include "hazard.h"

int main(void) {
    int file = temporary_file();
    char block[512], back[512];
    for (int i = 0; i < 6; i++) {
        memset(block, 'a' + i, sizeof block);
        if (i % 2 == 0)
            checkpoint_here();
        CHECK(write(file, block, sizeof block) == (long)sizeof block);
        checkpoint_here();
        CHECK(pread(file, back, sizeof back, i * 512) == (long)sizeof back);
        CHECK(memcmp(block, back, sizeof back) == 0);
        CHECK(lseek(file, 0, SEEK_CUR) == (i + 1) * 512);
    }
    return succeed();
}
