// Operators that classes define, names in inline namespaces and with template arguments, members of base classes.
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace text {
inline namespace v9 {
int written = 0;
struct Style {
    int width = 4;
};
int print(int amount) {
    written += amount;
    return written;
}
namespace detail {
int depth(int from) {
    Style style;
    return from + style.width; // #INLINE
}
} // namespace detail
} // namespace v9
} // namespace text

template <typename T, int Size = 2> struct Box {
    static int count;
    struct Inner {
        T first;
    };
    T values[Size];
    static T twice(T value) { return value * 2; }
};
template <typename T, int Size> int Box<T, Size>::count = 7;
Box<int> intBox = {{1, 2}};
Box<double, 3> doubleBox = {{1.5, 2.5, 3.5}};

template <typename T> T largest(T a, T b) {
    return a < b ? b : a;
}

namespace geometry {
struct Point {
    int x, y;
    bool operator==(const Point &other) const { return x == other.x && y == other.y; }
    Point &operator+=(const Point &other) {
        x += other.x;
        y += other.y;
        return *this;
    }
    Point operator-() const { return {-x, -y}; }
    Point &operator++() {
        x++;
        return *this;
    }
    Point operator++(int) {
        Point before = *this;
        x += 10;
        return before;
    }
    int operator()(int factor) const { return (x + y) * factor; }
    bool operator!() const { return x == 0 && y == 0; }
    explicit operator bool() const { return x != 0 || y != 0; }
};
Point operator+(const Point &a, const Point &b) {
    return {a.x + b.x, a.y + b.y};
}
Point operator*(int factor, const Point &a) {
    return {a.x * factor, a.y * factor};
}
bool operator<(const Point &a, const Point &b) {
    return a.x < b.x;
}
template <typename T> struct Pair {
    T a, b;
};
template <typename T> bool operator==(const Pair<T> &left, const Pair<T> &right) {
    return left.a == right.a && left.b == right.b;
}
} // namespace geometry

struct Row {
    int cells[4];
    int &operator[](std::size_t at) { return cells[at]; }
    int operator[](const char *name) const { return name[0]; }
};
struct Handle {
    Row *row;
    Row *operator->() const { return row; }
    Row &operator*() const { return *row; }
};

struct Base {
    int value = 1;
    virtual int kind() const { return 10; }
    virtual ~Base() = default;
};
struct Derived : Base {
    int value = 2;
    int kind() const override {
        return 20 + value; // #METHOD
    }
};
struct Plain {
    int number;
};

int main() {
    using geometry::Point;
    Point p{1, 2}, q{3, 4}, zero{0, 0};
    geometry::Pair<int> pair{1, 2}, same{1, 2};
    Row row{{5, 6, 7, 8}};
    Handle handle{&row};
    Derived derived;
    Base *base = &derived;
    struct Local {
        int one;
        int thrice(int n) const { return 3 * n * one; }
        int operator+(int n) const { return one + n; }
    } local{1};
    Plain plain{3};
    int factor = 2;
    std::string name = "Bob", longer = "a name that is longer than what fits in the object itself", empty;
    std::string_view view = "Bob and others";
    view = view.substr(0, 3);
    const char *bob = "Bob";
    std::unique_ptr<Point> owner(new Point{8, 9}), none;
    std::optional<int> some = 5, nothing;
    std::function<int(int)> twice = [](int n) { return 2 * n; };
    auto lambda = [factor](int n) { return factor * n; };
    std::vector<int> numbers{1, 2, 3};
    std::map<std::string, int> ages{{"Bob", 30}};
    std::deque<int> ring(1000, 9);
    std::list<Point> places{{4, 5}};
    std::unordered_map<int, int> squares{{3, 9}};
    std::set<int> odd{5};
    auto inVector = numbers.begin() + 1;
    auto inMap = ages.begin();
    auto behindMap = ages.end();
    auto inSet = odd.begin();
    auto inRing = ring.begin() + 200;
    auto inList = places.begin();
    auto inTable = squares.find(3);
    auto behindTable = squares.find(4);
    int total = text::print(1) + text::detail::depth(2) + Box<int>::twice(3) + int(Box<double, 3>::twice(1));
    total += largest<int>(1, 2) + int(largest<double>(1, 2)) + Box<int>::count + Box<double, 3>::count;
    Point sum = p + q, scaled = 2 * p;
    sum += -p;
    ++sum;
    sum++;
    Box<int>::Inner inner{4};
    total += sum.x + scaled.y + p(2) + (p == q) + (p < q) + !zero + (zero ? 1 : 0) + (pair == same);
    total += row[1] + row["x"] + handle->cells[0] + (*handle)[2] + base->kind() + base->Base::kind() + plain.number;
    total += twice(2) + local.thrice(1) + (local + 1) + lambda(3) + inner.first + owner->x + numbers[0] + ages["Bob"] + (none ? 1 : 0);
    total += *some + nothing.value_or(0) + int(name.size() + longer.size() + empty.size() + view.size()) + *bob;
    total += *inVector + inMap->second + *inSet + *inRing + inList->x + inTable->second;
    total += behindMap == ages.end() && behindTable == squares.end();
    return total == 0; // #MAIN
}
