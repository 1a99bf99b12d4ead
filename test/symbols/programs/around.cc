/* What can be around a name. */
namespace library {
inline namespace v2 {
int versioned = 1;
}
namespace {
int hidden = 2;
namespace inner {
int deeper = 3;
}
} // namespace
template <class Value> struct Box {
    static int made;
    struct Lid {
        static int closed;
        enum Way { UP, DOWN };
        Value value;
        Value get() const;
    };
    Lid lid;
};
template <class Value> int Box<Value>::made = 4;
template <class Value> int Box<Value>::Lid::closed = 5;
template <class Value> Value Box<Value>::Lid::get() const { return value; }
class Declared {
  public:
    static int defined;
    int twice(int number);
};
} // namespace library

int library::Declared::defined = 6;
int library::Declared::twice(int number)
{
    struct Local {
        int number;
        int half() { return number / 2; }
    };
    Local local{number * 4};
    auto adds = [number](int more) {
        static int calls = 0;
        calls++;
        return number + more;
    };
    return adds(local.half() - number);
}

static union {
    int whole;
    char part;
} together;
int outside = 7;

int main()
{
    library::Box<int> box{};
    library::Box<int>::Lid::Way way = library::Box<int>::Lid::DOWN;
    library::Declared declared;
    together.whole = outside + way;
    return box.lid.get() + library::versioned + library::hidden + library::inner::deeper + box.made +
           box.lid.closed + declared.twice(1) + declared.defined + together.whole;
}
