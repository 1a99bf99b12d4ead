// stresses: a SIGSEGV handler that makes the page writable, as garbage collectors do
#include "hazard.h"
#include <sys/mman.h>

enum { PAGES = 6 };
static char *area;
static volatile int faults;

static void on_fault(int number, siginfo_t *info, void *context) {
    (void)number, (void)context;
    char *address = info->si_addr;
    CHECK(address >= area && address < area + PAGES * 4096);
    checkpoint_here();
    OK(mprotect((void *)((uintptr_t)address & ~(uintptr_t)4095), 4096, PROT_READ | PROT_WRITE));
    // Both threads do.
    __atomic_add_fetch(&faults, 1, __ATOMIC_SEQ_CST);
}

static void *touch(void *from) {
    for (int i = (int)(intptr_t)from; i < PAGES; i += 2)
        area[i * 4096 + 5] = (char)i;
    return NULL;
}

int main(void) {
    area = mmap(NULL, PAGES * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    handle(SIGSEGV, on_fault, 0);
    pthread_t thread = start(touch, (void *)1);
    touch((void *)0);
    join(thread);
    CHECK(faults == PAGES);
    for (int i = 0; i < PAGES; i++)
        CHECK(area[i * 4096 + 5] == i);
    return succeed();
}
