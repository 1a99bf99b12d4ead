// Locks a file by flock, maps it and closes it: the lock lasts as long as the mapping. The file's name is the
// argument. Says "locked" when it has got the lock, "held" and "free" when another open file cannot and can
// be locked.
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

void checkpoint_here(void) { asm volatile(""); }

static const char *state_of(int other) {
    const char *state = flock(other, LOCK_SH | LOCK_NB) == 0 ? "free" : "held";
    flock(other, LOCK_UN);
    return state;
}

int main(int count, char **arguments) {
    const char *name = arguments[count - 1];
    const int other = open(name, O_RDWR);
    setvbuf(stdout, NULL, _IONBF, 0);
    checkpoint_here();
    const int file = open(name, O_RDWR);
    ftruncate(file, 2 * PAGE);
    puts(flock(file, LOCK_EX | LOCK_NB) == 0 ? "locked" : "refused");
    char *area = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    area[PAGE] = 'x';
    mprotect(area + PAGE, PAGE, PROT_READ);
    close(file);
    checkpoint_here();
    puts(state_of(other));
    area[0] = area[PAGE];
    char seen = 0;
    pread(other, &seen, 1, 0);
    puts(seen == 'x' ? "written" : "lost");
    munmap(area, 2 * PAGE);
    checkpoint_here();
    puts(state_of(other));
    puts("EXIT-SUCCESS");
    return 0;
}
