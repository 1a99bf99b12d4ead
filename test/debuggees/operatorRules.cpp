// With operatorRulesOther: which of several operators, methods and members of a name an expression means.
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

int other();

// The same names in both files, each of its file alone.
namespace {
struct Own {
    int x;
};
bool operator==(const Own &a, const Own &b) {
    return a.x == b.x;
}
} // namespace
struct Common {
    int x;
};
static int operator+(const Common &a, const Common &b) {
    return a.x + b.x;
}

namespace north {
struct Place {
    int x;
};
} // namespace north
namespace south {
int operator+(const north::Place &, const north::Place &) {
    return -1;
}
int operator-(const north::Place &, const north::Place &) {
    return -2;
}
int used() {
    north::Place p{1};
    return (p + p) + (p - p);
}
} // namespace south
namespace north {
int operator+(const Place &a, const Place &b) {
    return a.x + b.x;
}
} // namespace north

// Of one name in two namespaces.
struct Point {
    int x;
};
int operator+(const Point &a, const Point &b) {
    return a.x + b.x;
}
namespace far {
struct Point {
    double pad;
    int x;
};
} // namespace far

struct Method {
    int v;
    int operator*(int k) const { return 100 + k; }
    bool operator==(const Method &o) const { return v == o.v; }
};
int operator*(const Method &, double d) {
    return 200 + static_cast<int>(d);
}
int operator*(const Method &, const char *) {
    return 300;
}

struct Taken {
    int *p;
};
int operator+(Taken &&a, const Taken &) {
    a.p = nullptr;
    return 1;
}
int operator+(const Taken &, const Taken &) {
    return 2;
}
int operator-(Taken &&a, const Taken &) {
    a.p = nullptr;
    return 3;
}

struct Constant {
    int v;
};
int operator~(Constant &) {
    return 1;
}
int operator~(const Constant &) {
    return 2;
}

struct Outer {
    int v;
    template <class T> int get() const { return 1; }
};
struct Inner : Outer {
    template <class T> int get() const { return 2; }
};

struct Base {
    int value = 11;
    int f() const { return 21; }
};
struct Left : Base {};
struct Right : Base {
    int right = 5;
};
struct Both : Left, Right {};
struct Single : Base {
    int shown() const {
        return value; // #METHOD
    }
};
namespace misleading {
struct Base {
    static int value;
};
int Base::value = 999;
} // namespace misleading

struct Chosen {
    int operator()(const char *) const { return 3; }
    int operator()(const int *) const { return 9; }
    int operator()(bool) const { return 4; }
    int operator()(unsigned long) const { return 12; }
    int &at(int) { return cell; }
    int cell = 6;
};
struct Arrow {
    Method *to;
    Method *operator->() const { return to; }
};
struct Assigned {
    int v;
    Assigned &operator=(const Assigned &o) {
        v = o.v + 100;
        return *this;
    }
};

// Its operator = is never needed, so that no code has it.
struct Kept {
    int id;
    int v;
    Kept &operator=(const Kept &o) {
        v = o.v;
        return *this;
    }
};
struct Holder {
    Kept kept;
};
struct Absorbing {
    int v;
    int absorb(const Absorbing &o) {
        v = 0;
        v += o.v;
        return v;
    }
};
Absorbing made(int v) {
    return {v};
}
enum Small { none, some };
int promoted(int) {
    return 1;
}
int promoted(unsigned) {
    return 3;
}
template <class T> struct Pool : std::allocator<T> {
    template <class U> struct rebind {
        using other = Pool<U>;
    };
};

struct loose : std::char_traits<char> {
    static bool eq(char, char) { return true; }
    static int compare(const char *, const char *, std::size_t) { return 0; }
};

int main() {
    Own a{1}, b{1}, c{2};
    Common s{1}, t{2};
    north::Place p{3}, q{4};
    Point gp{1};
    far::Point fp{0, 5};
    Method m{1}, n{1};
    Method *pm = &m;
    int one = 1;
    Taken first{&one}, second{&one};
    Constant changing{1};
    const Constant fixed{2};
    Outer outer{1};
    Inner inner;
    Both both;
    Single single;
    Chosen chosen;
    Arrow arrow{&m};
    Assigned left{1}, right{2};
    std::basic_string<char, loose> text = "Hello";
    std::filesystem::path doubled = "a//b", plain = "a/b";
    std::unordered_map<int, long double> wide{{1, 2.5L}};
    auto inWide = wide.find(1);
    std::tuple<int, double> pair{1, 2.5};
    Kept kept{1, 10}, more{2, 20};
    Holder holder{{3, 30}}, others{{4, 40}};
    Small small = some;
    std::basic_string<char, std::char_traits<char>, Pool<char>> pooled = "pool";
    std::optional<int> five = 5, six = 6;
    int total = promoted(small) + promoted(2u) + made(3).absorb(made(3)) + kept.id + more.v + holder.kept.v;
    total += others.kept.v + static_cast<int>(pooled.size()) + *five + *six;
    total += (a == b) + (a == c) + (s + t) + (p + q) + south::used() + (gp + gp) + fp.x + m * 1 + m * 2.0 + (m * "x");
    total += (m == n) + (Taken{&one} + second) + (first + second) + (Taken{&one} - second) + ~changing + ~fixed;
    total += outer.get<int>() + inner.get<int>() + both.Left::f() + single.shown() + chosen("x") + chosen(&one);
    total += chosen(true) + chosen(2ul) + chosen.at(0) + (arrow->v) + (text == "HELLO") + (doubled == plain);
    total += static_cast<int>(inWide->second) + std::get<0>(pair) + other() + misleading::Base::value + (pm->v);
    left = right;
    left.v = 1;
    return total == 0; // #MAIN
}
