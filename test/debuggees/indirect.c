// An indirect function (STT_GNU_IFUNC), and a function of a header.
#include "indirect.h"

static int implementation(int value) { return value + 7; } // #CHOSEN
static void *choose(void) { return implementation; }       // #CHOOSER
int indirect(int) __attribute__((ifunc("choose")));

int main(void) {
    int sum = indirect(1); // #BP1
    sum += ofHeader(sum);
    return sum != 17; // #BP2
}
