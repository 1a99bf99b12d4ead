// stresses: writing with O_APPEND to a file that is deleted but open
// expects: notRestored files: what was written since stays in the file
#include "hazard.h"
#include <sys/stat.h>

int main(void) {
    int file = temporary_file(), log = open_again(file, O_RDWR | O_APPEND);
    char line[20];
    struct stat status;
    for (int i = 0; i < 5; i++) {
        snprintf(line, sizeof line, "line %d\n", i);
        CHECK(write(log, line, 7) == 7);
        checkpoint_here();
        OK(fstat(file, &status));
        CHECK(status.st_size == 7 * (i + 1) && status.st_nlink == 0);
        CHECK(pread(file, line, 7, 7 * i) == 7 && line[5] == '0' + i);
    }
    return succeed();
}
