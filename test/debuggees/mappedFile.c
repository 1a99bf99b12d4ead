// Maps the file that it is given, all of it, or a page of an empty one, and counts in it.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

int main(int count, char **arguments) {
    struct stat status;
    int fd = open(arguments[count - 1], O_RDWR);
    if (fd < 0 || fstat(fd, &status))
        return 1;
    if (status.st_size == 0 && ftruncate(fd, status.st_size = 4096))
        return 1;
    volatile int *counter = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    ++*counter;
    marked(); // #BP1
    ++*counter;
    return 0;
}
