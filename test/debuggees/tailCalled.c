// For -O2: a function that is called, or jumped to by one that was called, and has forgotten its argument.
volatile int sink;

__attribute__((noinline, noclone)) void use(int x) {
    sink += x;
    __asm__ volatile("" ::: "rax", "rdi");
}

__attribute__((noinline, noclone)) int forgets(long value) {
    sink = (int)value;
    use(1);
    use(2); // #FORGOTTEN
    return 3;
}

__attribute__((noinline, noclone)) int jumps(long value) {
    return forgets(value * 3 + 1);
}

__attribute__((noinline, noclone)) int calls(long value) {
    return forgets(value + 1) + 1;
}

__attribute__((noinline, noclone)) int twice(int (*function)(long), long value) {
    return function(value) + function(value + 1);
}

int main(void) {
    return calls(42) + jumps(42) + twice(forgets, 61) + twice(jumps, 81);
}
