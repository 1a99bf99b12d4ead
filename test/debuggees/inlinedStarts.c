// Inlined calls that begin where the function or the line around them does.
static volatile int sink;

static inline __attribute__((always_inline)) void inner(int value) {
    sink = value;
    sink = value + 2; // #INNER
}

static inline __attribute__((always_inline)) void outer(int value) {
    inner(value); // #OUTER
    sink = value * 3;
}

__attribute__((noinline)) int first(int count) {
    outer(count); // #FIRST
    return sink;
}

__attribute__((noinline)) int second(int given) {
    int copy = given + 1;
    inner(copy); // #SECOND
    return sink;
}

int main(void) {
    int total = 0;
    for (int i = 0; i < 4; i++) {
        total += first(i);
        total += second(i);
    }
    return total & 1;
}
