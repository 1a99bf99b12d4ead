/* Values of the standard library's classes where a view may go wrong: damage, NULs, names that are taken twice. */
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace {
struct Same {
    long a, b;
    int value() { return 1; }
};
} // namespace
struct Pair {
    int x, y;
};
struct alignas(32) Wide {
    int w;
};
int elsewhere();

int main() {
    std::string zeros(3, '\0'), inside("a\0b\0", 4);
    std::u16string wide(u"a\0b", 3);
    std::list<int> chain{1, 2, 3}, circle{1, 2, 3};
    std::set<int> counted{1, 2, 3}, looped{1, 2, 3, 4, 5, 6, 7}, itself{1, 2, 3};
    std::unordered_map<int, int> hashed{{1, 2}};
    std::list<int> large(100010, 5);
    int number = 4;
    std::optional<int *> leads = &number;
    std::optional<Pair> pair = Pair{5, 6}, *pairs = &pair;
    std::list<Same> sames{{1, 2}};
    std::map<int, Same> mapped{{1, {3, 4}}};
    std::list<Wide> aligned{Wide{8}};
    struct Local {
        int inner;
    };
    std::list<Local> locals{{5}};
    Same same{7, 8};
    int sum = elsewhere() + same.value() + (int)chain.size();
    return sum == 0; // #HERE
}
