/*
 * Names for namespaces, templates that are called without their arguments, conversions, operators of
 * enumerations, and parameters of variadic templates.
 */
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace geometry {
namespace plane {
struct Point {
    int x, y;
};
enum class Turn { left, right };
int dimension = 2;
int twice(int number) { return 2 * number; }
} // namespace plane
template <class T> T scaled(const plane::Point &point, T by) { return T(point.x) * by; }
int shown(int number) { return -number; }
template <class T> int shown(const T &value) { return (int)sizeof value; }
} // namespace geometry
namespace flat = geometry::plane;
namespace maps {
namespace inside = geometry;
int of_maps = 5;
int read() { return inside::plane::dimension + of_maps; } // #IN_MAPS
} // namespace maps
namespace {
int hidden = 77;
}

template <class T> T sum(const std::vector<T> &values) {
    T total{};
    for (const T &value : values)
        total += value;
    return total;
}

template <class... Args> int counted(const char *format, Args... args) {
    return printf(format, args...) + (int)sizeof...(args); // #PACK
}

struct Meters {
    long value;
    operator uint32_t() const { return (uint32_t)value + 3; }
};

struct Money {
    double amount;
    explicit operator double() const { return amount; }
    explicit operator bool() const { return amount > 0; }
    operator std::string() const { return "money"; }
};

struct Both {
    operator int() const { return 1; }
    operator double() const { return 2.5; }
};

enum Plain { one = 1, two = 2 };
enum class Flags : unsigned { none = 0, read = 1, write = 2 };
enum class Level { low, high };
Flags operator|(Flags left, Flags right) { return Flags(unsigned(left) | unsigned(right)); }
Level &operator++(Level &level) { return level = Level::high; }
int operator-(Level) { return 5; }

int main() {
    namespace local = geometry::plane;
    using namespace geometry;
    local::Point point{3, 4};
    std::vector<int> numbers{1, 2, 3};
    std::vector<double> reals{1.5, 2.5};
    Meters meters{4};
    Money money{2.5};
    Both both;
    Plain plain = one;
    Flags flags = Flags::read;
    Level level = Level::low;
    bool yes = true;
    double total = scaled(point, 2) + scaled(point, 2.5) + shown(1) + shown(point) + shown(money) +
                   sum(numbers) + sum(reals) + counted("%d %g\n", 1, 2.5) + counted("-\n") +
                   (uint32_t)meters + (double)money + (money ? 1 : 0) + (double)(std::string(money).size()) +
                   (int)both + (double)both + unsigned(flags | Flags::write) + -level + flat::twice(2) +
                   maps::read() + hidden + (local::Turn::left == flat::Turn::right);
    ++level;
    level = Level::low;
    return total > 0 && yes ? plain - one : 2; // #MAIN
}
