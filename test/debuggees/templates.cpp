// Templates whose instances have names with arguments: functions, members, operators, inlined ones.
namespace lib {
template <typename T> __attribute__((noinline)) T largest(T a, T b) {
    return a > b ? a : b; // #LARGEST
}
template <typename T> struct Box {
    T value;
    __attribute__((noinline)) T get() const { return value; } // #GET
};
} // namespace lib
__attribute__((noinline)) double largest(double only) { return only; }
template <typename T> __attribute__((noinline)) bool operator<(lib::Box<T> a, lib::Box<T> b) {
    return a.value < b.value; // #LESS
}
template <typename T> __attribute__((noinline)) lib::Box<T> operator<<(lib::Box<T> a, int n) {
    return {a.value * n};
}
template <typename T> static inline __attribute__((always_inline)) T increased(T n) {
    return n + 1; // #INLINED
}

int main(int argc, char **) {
    lib::Box<int> whole{argc};
    lib::Box<double> part{1.5};
    int sum = lib::largest(argc, 2) + static_cast<int>(lib::largest(2.5, 1.5) + largest(0.5));
    sum += (whole < whole << 2) + increased(whole.get()) + static_cast<int>(increased(part.get()));
    return sum > 0 ? 0 : 1;
}
