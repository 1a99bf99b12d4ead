// The same names as in operatorRules, of this file alone.
namespace {
struct Own {
    double pad;
    int x;
};
bool operator==(const Own &, const Own &) {
    return true;
}
int operator*(const Own &, int) {
    return -555;
}
} // namespace
struct Common {
    int x;
};
static int operator+(const Common &, const Common &) {
    return -100;
}

int other() {
    Own a{0, 1}, b{0, 2};
    Common s{1}, t{2};
    return (a == b) + (s + t) + (a * 2);
}
