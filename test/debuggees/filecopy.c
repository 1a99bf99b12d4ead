// Copies a file byte by byte with read and write: the file offsets are the state.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc != 3)
        return 2;
    int in = open(argv[1], O_RDONLY);
    int out = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0666);
    if (in < 0 || out < 0)
        return 3;
    char byte;
    int count = 0;
    while (read(in, &byte, 1) == 1) {
        if (write(out, &byte, 1) != 1) // #BP1
            return 4;
        count++; // #BP2
    }
    printf("copied %d\n", count); // #END
    return 0;
}
