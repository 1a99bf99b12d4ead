/* Classes of one name of which some are declared only. */
#include <string>
namespace one {
struct Node;
}
namespace two {
struct Node {
    int x = 1;
};
} // namespace two

int main() {
    two::Node node;
    one::Node *other = (one::Node *)&node;
    std::string text(3, 'x');
    std::u16string wide(u"wide");
    return (int)(text.size() + wide.size()) + (other == nullptr) + node.x == 0; // #HERE
}
