/* Much memory, as many MiB as the argument says, of which little changes from one stage to the next. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

struct account {
    int number;
    double balance[3];
    char owner[16];
};

/* No text: a pointer to characters would be shown with them. */
void *block;
unsigned long size;
int reached;
int untouched = 7;
struct account account = {1, {1, 2, 3}, "ann"};
int table[5000];

__attribute__((noinline)) void stage(int number) {
    int doubled = number * 2;
    reached = number; /* #BP1 */
    (void)doubled;
}

static void put(unsigned long offset, char value) { ((char *)block)[offset] = value; }

int main(int argc, char **argv) {
    size = strtoul(argc > 1 ? argv[1] : "1", NULL, 10) << 20;
    block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return 1;
    memset(block, 1, size);
    int rounds = 0;
    const char *mood = "calm";
    stage(1);
    rounds++;
    mood = "busy";
    table[4321] = 99;
    account.balance[1] = 2.5;
    strcpy(account.owner, "bob");
    for (unsigned long page = 0; page < 8; page++)
        put(page * 16 * PAGE + 5, 2);
    /* Written, but with what was there. */
    put(9 * PAGE, 1);
    stage(2);
    rounds++;
    put(3 * PAGE, 3);
    stage(3);
    /* Long enough for somebody to look at a copy that runs free. */
    if (argc > 2)
        for (int left = atoi(argv[2]); left > 0; left--)
            usleep(10000);
    printf("%s after %d rounds\n", mood, rounds);
    return 5;
}
