// Every step of a loop changes memory in many places, so that a state that is not wholly brought back shows.
#include <stdio.h>
#include <stdlib.h>

#define WORDS 4096

unsigned state[WORDS];
unsigned *heap;
int round_number;

__attribute__((noinline)) void mixed(void) { round_number++; }

int main(void) {
    heap = calloc(WORDS, sizeof *heap);
    for (unsigned i = 0;; i++) {
        unsigned at = (i * 2654435761u) % WORDS;
        state[at] = state[at] * 31 + i;
        heap[WORDS - 1 - at] ^= state[at] + i;
        mixed();
    }
}
