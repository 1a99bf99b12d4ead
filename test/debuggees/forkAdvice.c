// Memory that children do not get, or get empty: what is in it at #BP1 is in it afterwards, and children
// still do not get it.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (32 << 10)

unsigned char *left_out, *left_out_shared, *emptied, *private;

static unsigned char *area(int flags, int advice) {
    unsigned char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
    if (advice && madvise(memory, SIZE, advice))
        _exit(3);
    memset(memory + 4096, 7, SIZE - 2 * 4096);
    return memory;
}

static int is(const unsigned char *memory, int value) {
    return memory[0] == 0 && memory[4096] == value && memory[SIZE - 4097] == value && memory[SIZE - 1] == 0;
}

static int is_mapped(unsigned char *memory) {
    unsigned char pages[SIZE / 4096];
    return mincore(memory, SIZE, pages) == 0;
}

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    left_out = area(MAP_PRIVATE, MADV_DONTFORK);
    left_out_shared = area(MAP_SHARED, MADV_DONTFORK);
    emptied = area(MAP_PRIVATE, MADV_WIPEONFORK);
    private = area(MAP_PRIVATE, MADV_WIPEONFORK);
    mprotect(private, SIZE, PROT_NONE);
    marked(); // #BP1
    mprotect(private, SIZE, PROT_READ | PROT_WRITE);
    int kept = is(left_out, 7) && is(left_out_shared, 7) && is(emptied, 7) && is(private, 7);
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(is_mapped(left_out) || is_mapped(left_out_shared) || !is(emptied, 0) || !is(private, 0));
    waitpid(child, &status, 0);
    memset(left_out, 8, SIZE);
    memset(left_out_shared, 8, SIZE);
    memset(emptied, 8, SIZE);
    memset(private, 8, SIZE);
    printf("%s\n", !kept ? "lost" : status ? "advice lost" : "EXIT-SUCCESS");
    return 0;
}
