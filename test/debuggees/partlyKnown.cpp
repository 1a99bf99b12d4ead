// With optimization: an array of which some elements are known, a view whose words may be uninitialized, and
// structured bindings.
#include <cstdio>
#include <string>
#include <string_view>
#include <tuple>

__attribute__((noinline)) static int printed(const char *text, int number) {
    __asm__ volatile("" ::: "rdi", "rsi", "memory");
    return text[0] + number;
}

__attribute__((noinline)) static int elements(int argc) {
    char text[16] = "hello";
    const char *const all[3] = {"x", text, nullptr};
    int total = argc;
    for (int index = 0; index < 3; index++)
        total += printed(text, index); // #ARRAY
    total += printed(all[1], total);
    return total;
}

__attribute__((noinline)) int viewed(std::string_view view, const std::u16string &wide) {
    std::string copy(view);
    copy += "!";
    int length = static_cast<int>(copy.size() + wide.size());
    std::printf("%d\n", length);
    return length + wide[0];
}

static std::tuple<int, double> made(int number) { return {number, number * 0.5}; }

__attribute__((noinline)) static int bound(int argc) {
    auto [whole, half] = made(argc + 2);
    int sum = whole + static_cast<int>(half);
    return printed("x", sum); // #BOUND
}

int main(int argc, char **) {
    int total = elements(argc) + viewed("a view", u"wide") + bound(argc);
    std::printf("%d\n", total);
    return 0;
}
