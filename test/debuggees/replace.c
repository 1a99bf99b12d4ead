// Replaces itself by the program of its first argument, or by itself with "again" when there is none.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int stage = 1;

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "again") == 0) {
        stage = 2;
        printf("stage %d\n", stage); // #AGAIN
        return 6;
    }
    printf("stage %d\n", stage); // #BP1
    fflush(stdout);
    execl(argc > 1 ? argv[1] : argv[0], argv[0], "again", NULL); // #EXEC
    return 9;
}
