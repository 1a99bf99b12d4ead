// Comparisons that C++20 makes of others.
#include <compare>

struct Number {
    int value;
    auto operator<=>(const Number &) const = default;
};
struct Meters {
    double value;
    std::partial_ordering operator<=>(double other) const { return value <=> other; }
    bool operator==(double other) const { return value == other; }
};

int main() {
    Number one{1}, two{2};
    Meters length{2.5}, nothing{__builtin_nan("")};
    int total = (one < two) + (one == two) + (one >= two) + (length < 3.0) + (1.0 < length) + (2.5 == length) + (length != 1.0) + (nothing < 1.0);
    return total == 0; // #MAIN
}
