// An inlined method in a namespace, and one of a class without a name around it.
static volatile int sink;
namespace lib {
struct Box {
    int n;
    inline __attribute__((always_inline)) int more(int by) const {
        sink = n + by; // #MORE
        return sink;
    }
};
} // namespace lib
namespace {
inline __attribute__((always_inline)) int hidden(const lib::Box &box) {
    return box.more(2) + sink;
}
} // namespace

int main(int argc, char **) {
    lib::Box box{argc};
    return hidden(box) == 0;
}
