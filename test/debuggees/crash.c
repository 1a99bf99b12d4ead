// Writes through a null pointer, three calls deep.
#include <stdio.h>

static void strike(int *where) {
    *where = 1; // #CRASH
}

static void middle(int *where) { strike(where); }

int main(void) {
    int fine = 1;
    middle(&fine); // #BP1
    printf("fine %d\n", fine);
    fflush(stdout);
    middle(NULL); // #CALL
    return 0;
}
