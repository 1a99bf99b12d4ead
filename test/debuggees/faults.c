// Faults all the time, and has its handler mend what is wrong, as garbage collectors do.
#include "hazards/hazard.h"
#include <sys/mman.h>

volatile int mended;
static char *page;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    CHECK(info->si_code == SEGV_ACCERR && info->si_addr == page + 5);
    OK(mprotect(page, 4096, PROT_READ | PROT_WRITE));
    mended++;
}

int main(void) {
    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(page != MAP_FAILED);
    handle(SIGSEGV, on_fault, 0);
    for (;;) {
        ((volatile char *)page)[5] = 1;
        OK(mprotect(page, 4096, PROT_READ));
    }
}
