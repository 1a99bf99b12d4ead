// For -O2: functions that come back to themselves by jumps, or do not, and have forgotten their argument.
volatile int sink;

__attribute__((noinline, noclone)) void use(int x) {
    sink += x;
    __asm__ volatile("" ::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

int around(long value, int left);

__attribute__((noinline, noclone)) int beyond(long value, int left) {
    use(3);
    return around(value + 1, left);
}

__attribute__((noinline, noclone)) int between(long value, int left) {
    use(4);
    return beyond(value + 1, left);
}

__attribute__((noinline, noclone)) int around(long value, int left) {
    sink = (int)value;
    use(1);
    use(2); // #AROUND
    if (left == 0)
        return sink;
    return between(sink * 3, left - 1);
}

int hops(long value, int left);
__asm__(".text\n.globl hops\n.type hops, @function\nhops: jmp hopped\n.size hops, . - hops");

__attribute__((noinline, noclone)) int hopped(long value, int left) {
    sink = (int)value;
    use(1);
    use(2); // #HOPPED
    if (left == 0)
        return sink;
    return hops(sink * 3, left - 1);
}

__attribute__((noinline, noclone)) int straight(long value) {
    sink = (int)value;
    use(1);
    use(2); // #STRAIGHT
    return around(sink, 0);
}

int main(void) {
    int first = around(42, 1) + hopped(42, 1);
    return straight(43) + first;
}
