// Maps the file that it is given, shared, and counts in it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(int count, char **arguments) {
    int fd = open(arguments[count - 1], O_RDWR);
    if (fd < 0 || ftruncate(fd, 4096))
        return 1;
    volatile int *counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ++*counter;
    marked(); // #BP1
    ++*counter;
    return 0;
}
