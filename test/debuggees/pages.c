// Writes into a known number of pages between two visits of one function.
#include <string.h>

#define PAGES 1024
#define WRITTEN 300

static char memory[PAGES * 4096] __attribute__((aligned(4096)));

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    memset(memory, 1, sizeof memory);
    marked(); // #BP1
    for (int page = 0; page < WRITTEN; page++)
        memory[page * 4096] = 2;
    marked();
    return 0;
}
