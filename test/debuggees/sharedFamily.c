// Shares memory with a child, which has it mapped as well.
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define SIZE (64 << 10)

static volatile char *memory;

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(void) {
    memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset((char *)memory, 1, SIZE);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memset((char *)memory, 2, SIZE);
        memory[0] = 3;
        for (;;)
            pause();
    }
    while (memory[0] != 3)
        usleep(100);
    marked(); // #BP1
    kill(child, SIGKILL);
    return 0;
}
