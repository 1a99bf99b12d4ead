/* Virtual functions of every kind, and methods that differ in what they take their object as. */
struct Shape {
    virtual ~Shape() {}
    virtual int area() = 0;
    virtual int sides() { return 0; }
};
struct Square : Shape {
    int a = 3;
    int area() override { return a * a; }
    int sides() override { return 4; }
};
struct Special : Square {
    int sides() override { return 44; }
};
template <class T> struct Tagged : Square {
    T tag{};
    int sides() override { return 7; }
};
struct One {
    int o = 0;
    virtual int get() { return 1; }
};
struct Two {
    int t = 0;
    virtual int get() { return 2; }
    virtual int take(int x) { return x; }
};
struct Both : One, Two {
    int take(double x) { return 100 + (int)x; }
};
struct Shared {
    int s = 5;
    virtual int deep() { return 11; }
};
struct Left : virtual Shared {
    int l = 0;
};
struct Right : virtual Shared {
    int r = 6;
    int deep() override { return 22 + r; }
};
struct Bottom : Left, Right {};
struct Maker {
    virtual Two *make() { return nullptr; }
};
struct OwnMaker : Shared, Maker {
    Both both;
    Both *make() override { return &both; }
};
struct Kinds {
    int get() const { return 1; }
    int get() { return 2; }
    int name() && { return 4; }
    int name() & { return 3; }
};
static int square(int x) { return x * x; }
struct Host {
    int run() {
        int n = 3;
        return square(n) + n; // #INSIDE
    }
};
static int held = 1;
struct Catcher {
    int held = 70;
    int get() const { return held; }
    int run() {
        auto pointing = [this](int a) {
            int in = a;
            return in + held; // #POINTING
        };
        auto copied = [*this](int a) {
            int in = a;
            return in + held; // #COPIED
        };
        return pointing(1) + copied(2) + get() + ::held;
    }
};

int main() {
    Square plain;
    Special special;
    Tagged<unsigned long> tagged;
    Both both;
    Bottom bottom;
    OwnMaker own;
    Kinds kinds;
    const Kinds fixed;
    Host host;
    Catcher catcher;
    Shape *first = &plain, *second = &special, *third = &tagged, *nothing = nullptr;
    Square *middle = &special;
    One *one = &both;
    Two *two = &both;
    Left *left = &bottom;
    Shared *shared = &bottom;
    Maker *maker = &own;
    Host *nobody = nullptr;
    int sum = first->area() + second->sides() + third->sides() + middle->sides() + one->get() + two->get();
    sum += two->take(1) + both.take(1.0) + left->deep() + shared->deep() + (maker->make() != nullptr);
    sum += kinds.get() + fixed.get() + kinds.name() + Kinds().name() + host.run() + catcher.run();
    return sum + (nothing || nobody) == 0; // #HERE
}
