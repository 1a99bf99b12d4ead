// For -O2: constructors and functions called by pointers, which forget their arguments.
volatile int sink;

__attribute__((noinline)) void use(int x) {
    sink = sink + x;
    __asm__ volatile("" ::: "rax", "rsi", "rdi", "rdx");
}

struct Local {
    int kept;
    __attribute__((noinline)) Local(long value) {
        sink = (int)value;
        kept = 1;
        use(1);
        use(2); // #CONSTRUCTED
    }
};

typedef int (*Function)(void *, long, int);

__attribute__((noinline)) int descend(void *self, long value, int depth) {
    if (depth == 0) {
        use(1);
        use(2); // #DEEP
        return 3;
    }
    return reinterpret_cast<Function>(self)(self, value, depth - 1) + 1;
}

int main() {
    Local local(42);
    return local.kept + descend(reinterpret_cast<void *>(descend), 43, 60);
}
