/* A call that is inlined and has line 0, as compilers give to code that stands nowhere in the source. */
static volatile int sum;

static inline __attribute__((always_inline)) void add(int value) {
    sum += value; // #BP1
}

int main(void) {
#line 0
    add(3);
#line 12
    return sum - 3;
}
