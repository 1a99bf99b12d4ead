/* Values of the other C++ standard library, libc++. They are globals, which optimized code has in memory,
 * too. */
#include <array>
#include <atomic>
#include <deque>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

struct Nothing {};
struct Wide {
    long words[40];
};
struct alignas(32) Aligned {
    int number;
};
struct Thrower {
    Thrower() = default;
    Thrower(const Thrower &) { throw 1; }
};

std::string small = "small", longest = "twenty-two characters!", large(300, 'l'), none;
std::u32string wide = U"wide", wideLarge = U"longer than in place";
std::wstring broad = L"abc";
std::forward_list<int> forward{1, 2, 3}, noForward;
std::list<Aligned> chain{{1}, {2}};
std::tuple<int, std::string, double> triple{1, "two", 3.5};
std::tuple<Nothing, int> withNothing{{}, 4};
std::pair<int, std::string> couple{1, "one"};
std::variant<int, std::string, double> choice = 2.5, first = 7, second = "text";
std::variant<int, Thrower> broken = 1;
std::map<int, std::string> names{{2, "two"}, {1, "one"}};
std::map<char, Aligned> aligned{{'a', {5}}};
std::multimap<int, int> many{{1, 2}, {1, 3}};
std::set<int> ordered, noOrdered;
std::unordered_map<std::string, int> ages{{"ann", 30}};
std::unordered_set<long> hashed{10};
std::deque<Wide> blocks(40);
std::deque<int> queue;
std::vector<bool> bits(70, false), noBits;
std::array<int, 0> noArray;
std::unique_ptr<int[]> several(new int[2]{6, 7});
std::shared_ptr<int> shared = std::make_shared<int>(5), other = shared, nobody;
std::weak_ptr<int> watcher = shared, widow = std::make_shared<int>(1);
std::optional<bool> no = false, absent;
std::optional<std::string> held = "held";
std::atomic<int> counter{3};
std::vector<std::map<int, std::string>> nested{{{1, "a"}}, {}};
std::vector<int> numbers{1, 2, 3};

int main() {
    for (int i = 0; i < 50; i++)
        ordered.insert(i * 7 % 50);
    for (int i = 0; i < 2000; i++)
        queue.push_back(i);
    for (int i = 0; i < 1500; i++)
        queue.pop_front();
    bits[69] = true;
    for (int i = 0; i < 40; i++)
        blocks[i].words[0] = i;
    try {
        Thrower thrower;
        broken = thrower;
    } catch (int) {
    }
    int sum = numbers[0] + counter + (other == nobody); // #FULL
    return sum + small.size() == 0;
}
