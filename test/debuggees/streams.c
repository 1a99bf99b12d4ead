// Output on both streams, with characters that take several bytes, cut in their middle; the last without a
// newline.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void put(int stream, const char *text, size_t length) {
    if (write(stream, text, length) != (ssize_t)length)
        _exit(9);
}

int main(int argc, char **argv) {
    put(1, "one\n", 4); // #BP1
    put(2, "two\n", 4);
    put(1, "three\n", 6); // #BP2
    const char *cut = "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8d\xb4\n";
    put(1, cut, 3);
    usleep(30000);
    put(1, cut + 3, 5);
    usleep(30000);
    put(1, cut + 8, strlen(cut) - 8); // #BP3
    int lines = argc > 1 ? 20000 : 100;
    for (int i = 0; i < lines; i++)
        dprintf(i % 2 ? 2 : 1, "line %d\n", i);
    put(1, argv[0] ? "end" : "", 3);
    return 0;
}
