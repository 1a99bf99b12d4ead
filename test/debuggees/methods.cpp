/* Methods of every kind; each is called once, so that the compiler has all. */
#include <memory>
#include <string>
#include <vector>

/* Small enough for a register, and yet returned by its address. */
struct Small {
    int value;
    Small(int value) : value(value) {}
    Small(const Small &other) : value(other.value) {}
};
struct Plain {
    int value;
};
struct Base {
    int b = 10;
    virtual ~Base() {}
    virtual int kind() const { return 1; }
    int plain(int x) { return b + x; }
    static int count() { return 42; }
};
struct Other {
    long o = 20;
    virtual ~Other() {}
    virtual int other() { return 2; }
    long both() { return o; }
};
struct Derived : Base, Other {
    int d = 30;
    int kind() const override { return 3; }
    int other() override { return 4 + d; }
    int plain(int x) { return d + x; }
    int over(int x) { return 100 + x; }
    int over(double x) { return 200 + (int)x; }
    int over(int x, int y) { return x * y; }
    Small small() { return Small(d); }
    double half(double x) { return x / 2; }
    std::string text() { return "from a method"; }
    void set(int x) { d = x; }
    int use() {
        return kind() + over(1) + over(2.0) + over(2, 3) + other() + (int)both(); // #INSIDE
    }
};
template <class T> struct Box {
    T value;
    T get() const { return value; }
};
static Small make(int value) { return Small(value); }
static int take(Small small) { return small.value; }
static int takePlain(Plain plain) { return plain.value; }
static std::unique_ptr<int> own(int value) { return std::unique_ptr<int>(new int(value)); }

int main() {
    Derived derived;
    Base *base = &derived;
    Other &other = derived;
    Box<int> box{5};
    Small small(6);
    Plain simple{7};
    std::vector<int> numbers{1, 2, 3}, none;
    std::string word = "word";
    std::unique_ptr<Derived> owner(new Derived);
    int sum = derived.use() + base->kind() + other.other() + box.get() + Base::count() + base->plain(1);
    sum += derived.plain(1) + make(3).value + take(small) + takePlain(simple) + *own(3) + derived.small().value;
    derived.set(30);
    sum += (int)derived.half(3) + (int)derived.text().size() + owner->kind();
    return sum + (int)(numbers.size() + none.size() + word.size()) == 0; // #HERE
}
