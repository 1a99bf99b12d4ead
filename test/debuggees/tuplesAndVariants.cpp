// Tuples and variants of libstdc++.
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

struct Nothing {};
struct Thrower {
    Thrower() = default;
    Thrower(const Thrower &) { throw 1; }
};
struct Deleter {
    int kind = 2;
    void operator()(int *pointer) const { delete pointer; }
};

int main() {
    std::tuple<int, std::string, double> triple{1, "two", 3.5};
    std::tuple<Nothing, int> withNothing{Nothing{}, 4};
    std::tuple<std::tuple<int, char>, std::tuple<>> nested{std::make_tuple(5, 'c'), std::tuple<>()};
    std::variant<int, std::string, double> choice = 2.5, first = 7, second = "text";
    std::variant<std::monostate, std::vector<int>> empty, full = std::vector<int>{1, 2};
    std::variant<int, Thrower> broken = 1;
    try {
        broken.emplace<1>(Thrower());
    } catch (int) {
    }
    std::map<int, std::variant<int, std::string>> many{{1, 5}, {2, "five"}};
    std::unique_ptr<int, Deleter> owner(new int(6));
    int sum = std::get<0>(triple) + (int)choice.index() + (int)many.size() + *owner;
    return sum == 0; // #HERE
}
