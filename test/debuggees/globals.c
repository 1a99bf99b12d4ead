// Memory to compare after restarts: globals, heap and stack change at every turn.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned history[64];
static unsigned seed = 12345;

static unsigned scramble(unsigned value) { return value * 1103515245u + 12345u; }

int main(void) {
    unsigned *heap = calloc(1024, sizeof *heap);
    unsigned local[16] = {0};
    for (unsigned turn = 0; turn < 60; turn++) {
        seed = scramble(seed); // #BP1
        history[turn % 64] = seed;
        heap[seed % 1024] += turn;
        local[turn % 16] ^= seed; // #BP2
    }
    unsigned sum = local[3];
    for (int i = 0; i < 1024; i++)
        sum += heap[i];
    printf("sum %u\n", sum); // #END
    free(heap);
    return sum % 100;
}
