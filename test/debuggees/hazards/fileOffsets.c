// stresses: file offsets: of duplicates, which share one, and of a second open file, which has its own
// builds: default static
#include "hazard.h"

static long at(int file) { return lseek(file, 0, SEEK_CUR); }

int main(void) {
    int file = temporary_file(), copy = dup(file), other = open_again(file, O_RDONLY);
    char byte;
    CHECK(write(file, "0123456789", 10) == 10);
    CHECK(at(copy) == 10 && at(other) == 0);
    CHECK(lseek(copy, 2, SEEK_SET) == 2);
    checkpoint_here();
    CHECK(read(file, &byte, 1) == 1 && byte == '2');
    CHECK(read(copy, &byte, 1) == 1 && byte == '3');
    checkpoint_here();
    CHECK(at(file) == 4 && at(copy) == 4);
    CHECK(read(other, &byte, 1) == 1 && byte == '0');
    OK(close(file));
    checkpoint_here();
    CHECK(read(copy, &byte, 1) == 1 && byte == '4');
    CHECK(read(other, &byte, 1) == 1 && byte == '1');
    CHECK(lseek(other, 5000, SEEK_SET) == 5000);
    checkpoint_here();
    CHECK(at(other) == 5000 && at(copy) == 5);
    return succeed();
}
