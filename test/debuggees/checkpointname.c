// A variable with the name of a Debug Console command.
#include <stdio.h>

int main(void) {
    int checkpoint = 17;
    printf("%d\n", checkpoint); // #BP1
    return 0;
}
