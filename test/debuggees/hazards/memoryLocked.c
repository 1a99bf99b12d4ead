// stresses: locked memory (mlock), which a fork does not inherit
#include "hazard.h"
#include <sys/mman.h>

static int locked_kb(void) {
    char line[200];
    int value = -1;
    FILE *status = fopen("/proc/self/status", "r");
    CHECK(status != NULL);
    while (fgets(line, sizeof line, status))
        sscanf(line, "VmLck: %d", &value);
    fclose(status);
    return value;
}

int main(void) {
    char *memory = mmap(NULL, 32768, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK(locked_kb() == 0);
    OK(mlock(memory, 16384));
    checkpoint_here();
    CHECK(locked_kb() == 16);
    OK(mlock2(memory + 16384, 8192, MLOCK_ONFAULT));
    checkpoint_here();
    CHECK(locked_kb() == 24);
    OK(munlock(memory, 32768));
    checkpoint_here();
    CHECK(locked_kb() == 0);
    return succeed();
}
