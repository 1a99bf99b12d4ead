/* Its classes have the names of others in libraryCorners.cpp. */
#include <list>
#include <map>

namespace {
struct Same {
    char c;
    int value() { return 2; }
};
} // namespace
struct Local {
    char c;
};

int elsewhere() {
    std::list<Same> sames{{'x'}};
    std::map<int, Same> mapped{{1, {'y'}}};
    std::list<Local> locals{{'z'}};
    Same same{'s'};
    return same.value() + (int)(sames.size() + mapped.size() + locals.size()); // #ELSEWHERE
}
