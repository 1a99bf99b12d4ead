/* Values of the standard library's classes. */
#include <array>
#include <atomic>
#include <deque>
#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

struct Point {
    int x, y;
    std::string label;
};

int main() { // #START
    std::string none, small = "small", large(300, 'l');
    std::u16string wide = u"wide";
    std::string_view seen = small;
    std::vector<int> numbers{1, 2, 3}, nothing;
    std::vector<std::string> words{"one", "two"};
    std::vector<Point> points{{1, 2, "a"}, {3, 4, "b"}};
    std::vector<bool> bits(70, false);
    bits[69] = true;
    std::array<double, 2> fixed{1.5, 2.5};
    std::unique_ptr<Point> owner(new Point{5, 6, "c"}), nobody;
    std::shared_ptr<Point> shared = std::make_shared<Point>(Point{7, 8, "d"}), other = shared;
    std::weak_ptr<Point> watcher = shared;
    std::weak_ptr<Point> expired = std::make_shared<Point>();
    std::optional<int> some = 4, absent;
    std::optional<std::string> text = "text";
    std::map<std::string, int> ages{{"cid", 50}, {"ann", 30}, {"bob", 40}};
    std::set<int> ordered;
    for (int i = 0; i < 200; i++)
        ordered.insert(i * 7 % 200);
    std::multiset<char> letters{'b', 'a', 'b'};
    std::unordered_map<std::string, double> rates{{"eur", 1.5}};
    std::unordered_set<long> hashed{10};
    std::list<int> chain{1, 2, 3};
    std::deque<int> queue;
    for (int i = 0; i < 300; i++)
        queue.push_back(i);
    queue.pop_front();
    std::atomic<int> counter{5};
    std::span<int> part(numbers);
    std::filesystem::path folder = "/usr/lib";
    const std::string &reference = small;
    int sum = points[1].x + fixed.size() + counter + (owner->x == 77); // #FULL
    return sum + reference.size() == 0;                                // #AGAIN
}
