/* The same name in several scopes: which is meant depends on where the program stands. */
#include "scopes.h"

static int same = 31;
int name = 1;

namespace lib {
struct Circle : Shape {
    double radius = 2;
    int name = 6;
    int measure(int by);
    static int count() {
        return counter; // #STATIC
    }
};
int Circle::measure(int by) {
    int local = by + counter + name;
    auto more = [&](int twice) {
        return local + twice + (int)radius; // #LAMBDA
    };
    return more(2); // #METHOD
}
namespace deep {
int get() {
    return counter; // #DEEP
}
} // namespace deep
} // namespace lib

int main() {
    lib::Circle circle;
    int sum = counter + same + name;
    lib::change(); // #BEFORE
    sum += circle.measure(1); // #AFTER
    sum += lib::Circle::count() + lib::deep::get();
    return sum == 0;
}
