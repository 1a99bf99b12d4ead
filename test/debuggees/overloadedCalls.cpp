/* Functions of one name. */
#include <string>
namespace lib {
int pick(int) { return 1; }
int pick(double) { return 2; }
int pick(const char *) { return 3; }
int pick(const std::string &) { return 4; }
int pick(int, int) { return 5; }
int alone(int) { return 9; }
namespace {
int inside() { return 6; }
} // namespace
} // namespace lib
static int own(int) { return 7; }
int elsewhere();

int main() {
    std::string text = "text";
    int sum = lib::pick(1) + lib::pick(1.0) + lib::pick("x") + lib::pick(text) + lib::pick(1, 2);
    sum += lib::inside() + lib::alone(1) + own(1) + elsewhere();
    return sum == 0; // #HERE
}
