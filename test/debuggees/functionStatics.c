/* Static variables of functions that have returned, of one name, and of a function that is inlined. */
static inline __attribute__((always_inline)) int inlined(int by) {
    static volatile int calls = 300;
    calls += by;
    return calls;
}

static __attribute__((noinline)) int first(void) {
    static volatile int calls = 1;
    static volatile int other = 50;
    calls++;
    other += 5;
    return calls;
}

static __attribute__((noinline)) int second(void) {
    static volatile int calls = 20;
    if (calls > 0) {
        static volatile int calls = 70;
        calls += 7;
    }
    return calls;
}

int main(void) {
    int total = inlined(0); // #BEFORE
    total += first() + second() + inlined(1) + inlined(2);
    return total == 0; // #AFTER
}
