// For -O2: functions that leave by a jump by a pointer, which may lead back to one of them, and have forgotten their argument.
volatile int sink;

__attribute__((noinline, noclone)) void use(int x) {
    sink += x;
    __asm__ volatile("" ::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

__attribute__((noinline, noclone)) int pointed(long value, int left);

__attribute__((noinline, noclone)) int ends(long value, int left) {
    return (int)value + left + sink;
}

int (*volatile pointers[])(long, int) = {ends, pointed};

__attribute__((noinline, noclone)) int pointed(long value, int left) {
    sink = (int)value;
    use(1);
    use(2); // #POINTED
    return pointers[left](sink * 3, 0);
}

__attribute__((noinline, noclone)) int taken(long value, int left) {
    sink = (int)value;
    use(1);
    use(2); // #TAKEN
    return pointers[left](sink * 3, 0);
}

__attribute__((noinline, noclone)) int called(long value, int left) {
    sink = (int)value;
    use(1);
    use(2); // #CALLED
    return pointers[left](sink, left);
}

int main(void) {
    int first = pointed(42, 1) + 1;
    pointers[1] = taken;
    first += taken(42, 1);
    return called(43, 0) + first;
}
