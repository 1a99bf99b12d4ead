/* Where C++ means something else than a first look would find: names for namespaces, templates, enumerations.
 */
#include <cstdio>

namespace first {
namespace part {
int value = 10;
}
} // namespace first
namespace Name = first::part;
namespace outer {
namespace Name {
int value = 30;
}
int inside() { return Name::value; } // #INSIDE
} // namespace outer
struct Holder {
    struct Name {
        static int value;
    };
    int method() { return Name::value + 0; } // #METHOD
};
int Holder::Name::value = 40;

template <class T> static T stated(T number) { return number + 1000; }
template <class T> T doubled(T number) { return number * 2; }
template <class T> T through(const T &number) { return number * 2; }
template <int N> int repeated(int number) { return N * number; }
namespace left {
template <class T> int sided(T) { return 1; }
} // namespace left
namespace right {
template <class T> int sided(T) { return 2; }
} // namespace right
template <class T> int global(T) { return 3; }
int by_reference(const int &number) { return number * 2; }
int other_file();

enum class Level { low = 3, high = 1 };
enum class Bits { a = 1, b = 2 };
enum Plain { one = 1, two = 2 };
bool operator<(Level left, Level right) { return int(left) > int(right); }
bool operator==(Level, int) { return false; }
bool operator&(Bits left, Bits right) { return (int(left) & int(right)) == 0; }
bool operator!(Bits bits) { return int(bits) == 2; }
namespace colours {
enum Colour { red = 4, green };
}

struct Two {
    operator int() const { return 3; }
    operator double() const { return 4.5; }
};
struct Counter {
    int number;
    operator int() const { return number; }
    template <class T> int made(T) { return (int)sizeof(T); }
    int chosen(int) { return 1; }
    template <class T> int chosen(T *) { return 2; }
};

template <class... Args> static inline __attribute__((always_inline)) int packed(int first, Args... args) {
    int all = first;
    ((all += args), ...);
    __asm__ volatile("" : : "r"(all) : "memory");
    return all;
}

int main() {
    Holder holder;
    Two either;
    Counter counter{5};
    Level level = Level::low;
    Bits bits = Bits::b;
    Plain plain = one;
    colours::Colour colour = colours::red;
    char letter = 'x';
    float single = 2.5F;
    double real = 1.5;
    unsigned many = 300;
    int array[3] = {10, 20, 30};
    bool yes = true;
    int total = holder.method() + outer::inside() + stated(1) + doubled('a') + (int)doubled(1L) + through(1) +
                (int)through(1.5) + repeated<10>(1) + left::sided(1) + right::sided(1) + global(1) +
                by_reference(1) + other_file() + (level < Level::high) + (level == 3) + (bits & Bits::a) +
                !bits + (int)either + array[counter] + counter.made('a') + counter.chosen(1) +
                counter.chosen(&array[0]) + packed(1, letter, array[0]) + colour;
    return total > 0 && yes && plain && real + single + many > 0; // #MAIN
}
