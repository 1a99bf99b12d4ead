// For -O2: values that only the debug information computes, and arguments that only the callers remember.
volatile int sink;

__attribute__((noinline, noclone)) void use(int x) {
    sink += x;
    __asm__ volatile("" ::: "xmm0", "xmm1", "rdi");
}

__attribute__((noinline, noclone)) int floating(int a) {
    long double extended = a * 0.3L - 4;
    long double whole = a;
    double real = a * 0.5 - 1;
    float single = a * 0.25f;
    __float128 quad = a;
    use(a); // #FLOATS
    use(a + 1);
    return 3;
}

__attribute__((noinline, noclone)) int entered(float q, double r, long i, long double kept) {
    sink = (int)q + (int)r + (int)i;
    use(1);
    use(2); // #ENTERED
    return 3 + (int)kept;
}

__attribute__((noinline, noclone)) int between(long i) {
    return entered(1.25f, 2.5, i, 7.5L) + 1;
}

__attribute__((noinline, noclone)) int outer(long i) {
    return between(i) + 1;
}

__attribute__((noinline, noclone)) int length(int n) {
    int room[n];
    for (int i = 0; i < n; i++)
        room[i] = i * sink;
    use(room[n / 2]);
    use(1); // #LENGTH
    return sink + room[n - 1];
}

int main(void) {
    sink = floating(5);
    return outer(7) + entered(3.5f, 4.5, 9, 1.0L) + length(sink & 7);
}
