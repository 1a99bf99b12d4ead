// C++ as a C programmer's debugger shows it: references, bases, scoped names, members without this.
#include <string>
#include <vector>

struct Base {
    int id = 7;
    virtual ~Base() {}
    virtual int f() { return id; }
};

struct Derived : Base {
    double weight = 2.5;
    int f() override {
        int local = id;
        return local + 1; // #IN
    }
};

namespace ns {
struct Thing {
    int a;
    static int count;
};
int Thing::count = 3;
enum class Kind : unsigned char { One, Two };
int global = 4;
} // namespace ns

static int take(int &reference, const std::string &text, Derived &&moved) {
    reference++;
    return reference + (int)text.size() + (int)moved.weight; // #BP1
}

int main() {
    int x = 1;
    std::string text = "hi";
    Derived derived;
    std::vector<int> numbers{1, 2, 3};
    ns::Thing thing{5};
    ns::Kind kind = ns::Kind::Two;
    Base *base = &derived;
    int result = take(x, text, Derived()) + base->f();
    return result + numbers[0] + thing.a + (int)kind; // #BP2
}
