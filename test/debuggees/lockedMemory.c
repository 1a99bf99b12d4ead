// Locked memory: as much is locked behind #BP1 as before, and what is mapped later is locked as well.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MLOCK_ONFAULT
#define MLOCK_ONFAULT 1
#endif
#define SIZE (16 << 10)

static long locked(void) {
    char line[256];
    long kibibytes = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "VmLck:", 6) == 0)
            kibibytes = atol(line + 6);
    fclose(file);
    return kibibytes;
}

static char *map(void) {
    return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    static char buffer[512];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    char *first = map(), *second = map();
    if (mlock(first, SIZE) || mlock2(second, SIZE, MLOCK_ONFAULT))
        return 2;
    long before = locked();
    marked(); // #BP1
    if (locked() != before)
        printf("%ld KiB and not %ld\n", locked(), before);
    if (mlockall(MCL_FUTURE))
        return 3;
    before = locked();
    marked();
    long after = locked();
    char *later = map();
    if (after != before || locked() != before + SIZE / 1024)
        printf("%ld KiB, later %ld, not %ld\n", after, locked(), before);
    munmap(later, SIZE);
    puts("EXIT-SUCCESS");
    return 0;
}
