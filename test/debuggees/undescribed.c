// A library that is built without debug information: what its functions return only their declarations tell.
#include <stdbool.h>
#include <string.h>

struct pair {
    int x, y;
};
struct words {
    long words[5];
};

const char *find_letter(const char *text, int letter) { return strchr(text, letter); }
double twice(double value) { return value * 2; }
float third_float(void) { return 1.0f / 3; }
long double third_long_double(void) { return 1.0L / 3; }
long far_away(long value) { return value + 0x100000000; }
bool is_odd(int value) { return value & 1; }
unsigned char low_byte(int value) { return (unsigned char)value; }
void do_nothing(void) {}
struct pair pair_of(int x, int y) {
    return (struct pair){x, y};
}
struct words words_from(long start) {
    return (struct words){{start, start + 1, start + 2, start + 3, start + 4}};
}
double mixed(int a, double b, long c, double d, const char *e) {
    return a + b + (double)c + d + (double)strlen(e);
}
