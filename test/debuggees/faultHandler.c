// A SIGSEGV handler that mends the fault: the instruction that faulted runs again. EXIT-SUCCESS when it went
// well.
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static char *page;
int faults;

static void mend(int number) {
    (void)number;
    faults++;
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
}

__attribute__((noinline)) void store(char *where) { *where = 1; }

int main(void) {
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, mend);
    store(page);
    puts(faults == 1 && *page == 1 ? "EXIT-SUCCESS" : "not mended");
    return 0;
}
