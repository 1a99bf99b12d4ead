// For -O2: what callers hold in registers while a callee runs that saves none of them.
static volatile long sink;

// The compiler must take it that every register a call may change is changed, and some are.
static __attribute__((noinline, noclone)) long opaque(long value) {
    __asm__ volatile("mov $-1, %%rsi\n\tmov $-1, %%rdx\n\tmov $-1, %%rcx" : : : "rsi", "rdx", "rcx", "memory");
    sink = value; // #OPAQUE
    return sink;
}

// The compiler sees that it changes rax and rdi alone, so callers may hold values in rsi and rdx across a call.
static __attribute__((noinline, noclone)) long narrow(long value) {
    sink = value; // #NARROW
    return sink;
}

static __attribute__((noinline, noclone)) long preserving(long kept) {
    long result = opaque(1); // #PRESERVING
    return result + kept;
}

static __attribute__((noinline, noclone)) long passing(long first, long held) {
    long result = narrow(first); // #PASSING
    return result + held;
}

static __attribute__((noinline, noclone)) long dying(long first, long lost) {
    sink = lost;
    return opaque(first) + 1; // #DYING
}

int main(int argc, char **argv) {
    (void)argv;
    long total = preserving(argc + 41) + passing(argc, argc + 1) + dying(argc, argc + 2);
    return total == 50 ? 0 : 1;
}
