// Bit-fields that begin in the middle of a byte and reach over the end of their storage unit.
struct __attribute__((packed)) after_char {
    char c;
    unsigned long x : 60;
    unsigned y : 20;
};
struct __attribute__((packed)) nine_bytes {
    unsigned a : 5;
    long b : 62;
    unsigned c : 5;
};

struct after_char first = {'a', 0xfffffffffffffff, 0x12345};
struct nine_bytes second = {3, -5, 17};

int main(void) {
    long sum = 0;
    for (int i = 0; i < 4; i++) {
        second.b = i * 0x100000000000000 - 5;
        sum += second.b; // #BP1
    }
    return sum == first.c; // #END
}
