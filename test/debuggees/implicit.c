// For -O2: pointers that are optimized out, while what they would point to is known.
#include <stdio.h>

struct pair {
    int first, second;
};
static volatile int sink;

static inline int follow(const int *where, const struct pair *both, const char *text) {
    sink = *where; // #BP1
    sink = both->second + text[1];
    return *where + 1;
}

static __attribute__((noinline)) int around(int value) {
    int kept = value + 3;
    struct pair pair = {value, value + 10};
    return follow(&kept, &pair, "word") + pair.first;
}

int main(void) {
    int first = around(0);
    printf("%d %d\n", first, around(5));
    return 0;
}
