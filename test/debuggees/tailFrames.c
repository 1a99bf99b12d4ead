// For -O2: functions that leave by a jump to another, which the stack shows as far as it is certain which they were.
#include <stdio.h>

#define APART __attribute__((noinline, noclone))

volatile int sink;
int (*volatile pointer)(long);

APART void use(int x) {
    sink = sink + x;
    __asm__ volatile("" ::: "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

APART int last(long value) {
    sink = (int)value;
    use(1);
    use(2); // #LAST
    return sink;
}

APART int middle(long value) {
    int kept[4] = {1, 2, 3, 4};
    use(kept[sink & 3]);
    return last(value + 1); // #MIDDLE
}

static inline __attribute__((always_inline)) int inlined(long value) {
    use(5);
    return middle(value * 2); // #INLINED
}

APART int first(long value) {
    use(3);
    return inlined(value); // #FIRST
}

APART int either(long value) {
    use(4);
    if (value & 1)
        return middle(value);
    return last(value);
}

APART int joins(long value) {
    use(6);
    return last(value + 1); // #JOINS
}

APART int one(long value) {
    use(1);
    return joins(value + 1);
}

APART int two(long value) {
    use(2);
    return joins(value + 2);
}

APART int splits(long value) {
    use(4);
    if (value & 1)
        return one(value);
    return two(value);
}

APART int starts(long value) {
    use(7);
    return splits(value + 1); // #STARTS
}

APART int prints(long value) {
    use(8);
    if (value < 0)
        return puts("negative");
    return last(value); // #PRINTS
}

APART int points(long value) {
    use(9);
    if (value < 0)
        return pointer(value);
    return last(value);
}

APART int there(long value);

APART int back(long value) {
    use(1);
    return there(value - 1);
}

APART int there(long value) {
    use(2);
    if (value > 0)
        return back(value);
    return last(value); // #ONCE
}

APART int calls(int which, long value) {
    int result = 0;
    switch (which) {
    case 0:
        result = first(value); // #CALLED
        break;
    case 1:
        result = either(value);
        break;
    case 2:
        result = starts(value);
        break;
    case 3:
        result = prints(value);
        break;
    case 4:
        result = points(value);
        break;
    default:
        result = there(value);
    }
    return result + 1; // #RETURNED
}

int main(int argc, char **argv) {
    (void)argv;
    for (int which = 0; which < 6; which++)
        sink = calls(which, 9 + argc);
    return 0;
}
