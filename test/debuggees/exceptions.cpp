/* Throws and catches, one of a class and one that is none. */
#include <stdexcept>

namespace lib {
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};
} // namespace lib

static void fail(int how) {
    if (how == 0)
        throw lib::Failure("how it failed"); // #CLASS
    throw how;                               // #NUMBER
}

int main() {
    int caught = 0; // #START
    for (int how = 0; how < 2; how++)
        try {
            fail(how);
        } catch (const std::exception &) {
            caught += 1;
        } catch (int number) {
            caught += 10;
        }
    return caught == 11 ? 0 : 1;
}
