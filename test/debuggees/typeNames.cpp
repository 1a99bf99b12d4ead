// Types whose names have others around them: of namespaces, classes and functions.
#include <string>
namespace lib {
inline namespace v1 {
using number = long;
}
template <typename T> struct Box {
    using value_type = T;
    value_type v;
};
} // namespace lib

namespace outer {
int within(int n) {
    typedef short local_t;
    struct Base {
        int b = 3;
    };
    struct Local : Base {
        int q = 4;
    };
    std::string text = "x";
    lib::number number = n;
    lib::Box<int>::value_type boxed = 6;
    local_t local = 7;
    Local object;
    return text.size() + number + boxed + local + object.b + object.q; // #WITHIN
}
} // namespace outer

int main(int argc, char **) {
    return outer::within(argc) == 0;
}
