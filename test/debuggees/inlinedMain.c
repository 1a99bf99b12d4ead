// main begins with an inlined call.
static volatile int sink;

static inline __attribute__((always_inline)) void begin(int value) {
    sink = value;
    sink = value + 1;
}

int main(void) {
    begin(3);
    return sink - 4;
}
