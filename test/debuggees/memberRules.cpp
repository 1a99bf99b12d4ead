// What calls mean in C++ where more than names and types decide: `using` in classes, references, default
// arguments.
#include <cstdio>

struct Base {
    int value = 3;
    int f(int x) { return x + 1; }
    int g(double d) { return static_cast<int>(d) + 2; }
    int both(int x) { return x + 10; }
    virtual int v(int x) { return x + 20; }
    static int s(int x) { return x * 5; }
};
struct Derived : Base {
    using Base::both;
    using Base::f;
    using Base::s;
    using Base::v;
    int f(const char *t) { return t[0]; }
    int g(const char *t) { return t[1]; }
    int both(int x) { return x + 1000; }
    int both(double d) { return static_cast<int>(d) + 2000; }
    int s(const char *t) { return t[0] + 1; }
    int v(const char *t) { return t[0] + 2; }
};
struct Third : Derived {
    using Derived::f;
    int f(Base *b) { return b->value; }
    int v(int x) override { return x + 30; }
};
struct Other {
    long pad;
    int value = 5;
};

int byReference(const Base &base) { return base.value; }
int byPointer(Base *base) { return base->value; }
int increase(int &number) { return ++number; }
int ofLong(const long &number) { return static_cast<int>(number) + 1; }
int sumOf(const double *numbers) { return static_cast<int>(numbers[0]); }

int defaults(int a, int b = 20, const char *c = "c") { return a + b + c[0]; }
struct Scaled {
    int scale(int a, int factor = 5) { return a * factor; }
};
int over(int a) { return a; }
int over(int a, int b, int c = 9) { return a + b + c; }

struct Address {
    int x;
    int *operator&() { return &x; }
    bool operator&&(const Address &o) const { return x == o.x + 100; }
    bool operator||(const Address &o) const { return x == 0 && o.x == 0; }
    int operator,(const Address &o) const { return x * 1000 + o.x; }
};
struct Free {
    int y;
};
long operator&(const Free &f) { return f.y + 5000; }
bool operator&&(const Free &a, int b) { return a.y != b; }
bool operator||(const Free &a, int b) { return a.y == b; }
int operator,(const Free &a, int b) { return a.y * b; }
enum class Flag { none, some };
bool operator&&(Flag a, Flag b) { return a == Flag::none && b == Flag::some; }

int main() {
    Base base;
    Derived derived;
    Third third;
    Base *asBase = &third;
    Other other;
    long wide = 7;
    unsigned char letter = 7;
    int narrow = 6, zero = 0;
    double real = 2.5;
    Scaled scaled;
    Address one{101}, two{1};
    Free free{6};
    Flag none = Flag::none, some = Flag::some;
    int total = derived.f(1) + derived.f("x") + derived.g("ab") + base.g(2.0) + third.f(&base) +
                third.f("z") + third.f(3);
    total += derived.both(1) + derived.both(1.5) + derived.Base::both(2) + derived.s(2) + derived.s("s") +
             derived.v(1);
    total += derived.v("v") + asBase->v(1);
    total += byReference(base) + byPointer(&base) + increase(narrow) + ofLong(wide) + sumOf(&real);
    total += defaults(1) + scaled.scale(2) + over(1) + over(1, 2);
    total += *&one + (one && two) + (one || two) + (one, two) + static_cast<int>(&free) + (free && 3) +
             (free || 3) + (free, 3);
    total += (none && some) + (zero && asBase->v(1));
    return total == letter && other.value == 0; // #BP
}
