// Pieces of the heap whose sizes, with the flag that malloc has in it, are the process's id, where that can
// be one (17, 33 ...). Each begins with a one and ends with a one. Checks them after `holding`.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECES = 200 };

static int *pieces[PIECES];
static long heads[PIECES];

__attribute__((noinline)) void holding(void) { __asm__ volatile(""); }

int main(void) {
    const size_t room = (size_t)getpid() - 1 - 8;
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = calloc(1, room);
        if (pieces[i] == NULL)
            return 1;
        pieces[i][0] = 1;
        pieces[i][room / 4 - 2] = 1;
    }
    for (int i = 0; i < PIECES; i++)
        heads[i] = ((long *)(void *)pieces[i])[-1] ^ -1;
    holding();
    for (int i = 0; i < PIECES; i++) {
        const long head = ((long *)(void *)pieces[i])[-1];
        if (head != (heads[i] ^ -1) || pieces[i][0] != 1 || pieces[i][room / 4 - 2] != 1) {
            printf("FAILED piece %d: %ld\n", i, head);
            return 1;
        }
    }
    for (int i = 0; i < PIECES; i++)
        free(pieces[i]);
    puts("EXIT-SUCCESS");
    return 0;
}
