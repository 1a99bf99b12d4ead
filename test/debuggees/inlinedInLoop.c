// A local that changes between a place in a function and one in a call inlined into it.
static volatile int sink;

static inline __attribute__((always_inline)) void inner(int value) {
    sink = value; // #INNER
}

int main(void) {
    volatile int rounds = 0;
    while (rounds < 3) {
        rounds = rounds + 1; // #ROUND
        inner(rounds);
    }
    return 0;
}
