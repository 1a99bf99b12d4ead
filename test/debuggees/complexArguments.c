// Complex arguments in registers. Clang at -O2 says of a double one only where the real part is.
#include <complex.h>

__attribute__((noinline)) double sum(double _Complex two, float _Complex packed, long double _Complex memory) {
    return creal(two) + cimagf(packed) + (double)creall(memory); // #SUM
}

int main(void) {
    double total = sum(1.0 + 2.0 * I, 3.0f + 4.0f * I, 5.0L - 6.0L * I);
    return total == 10 ? 0 : 1;
}
