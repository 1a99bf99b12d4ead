// What all objects of a class share: constants that are nowhere but in the debug information, and variables.
#include <cstdio>

namespace lib {
struct Limits {
    static const int most = 10;
    static constexpr double ratio = 1.5;
    static constexpr unsigned char letter = 'x';
    static constexpr long least = -5;
    static int made;
    int own;
    int scaled() const {
        return own * most; // #METHOD
    }
};
int Limits::made = 7;
struct Derived : Limits {
    int more = 1;
};
} // namespace lib

int main() {
    lib::Limits limits{2};
    lib::Derived derived;
    lib::Limits *pointer = &limits;
    double total =
        limits.scaled() + lib::Limits::ratio + lib::Limits::letter + lib::Limits::least + derived.more;
    std::printf("%f %d\n", total, pointer->made); // #MAIN
    return 0;
}
