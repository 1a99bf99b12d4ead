// Functions of one name: overloads, methods, and in two files (overloadsTwin.cpp).
struct Pair {
    long left, right;
};
namespace ns {
int over(int n) { return n; }                                  // #OVER_INT
int over(double n) { return (int)n; }                          // #OVER_DOUBLE
int over(const char *text, unsigned long at) { return text[at]; } // #OVER_TEXT
struct Counter {
    int n = 0;
    int add(int more) { return n += more; }          // #ADD_INT
    int add(const Pair &more) { return n += more.left; } // #ADD_PAIR
    int get() const { return n; }                    // #GET
    int operator()(int more) { return n + more; }    // #CALL
};
} // namespace ns
static int twin(int n) { return n + 1; } // #TWIN
int other();

int main() {
    ns::Counter counter; // #MAIN
    int sum = ns::over(1) + ns::over(2.0) + ns::over("abc", 1);
    sum += counter.add(1) + counter.add(Pair{2, 3}) + counter.get() + counter(5);
    return twin(sum) + other() > 0 ? 0 : 1; // #END
}
