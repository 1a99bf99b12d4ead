// A program that wraps the C library's mmap, as libraries of LD_PRELOAD do.
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int wrapped;

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
    wrapped++;
    return (void *)syscall(SYS_mmap, address, length, protection, flags, file, offset);
}

static long length(const char *text) {
    long count = 0;
    while (text[count] != 0)
        count++;
    return count;
}

int main(void) {
    wrapped = 0;
    return length("end") == 3 ? 0 : 1; // #BP1
}
