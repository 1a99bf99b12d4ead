// An exception that passes several frames, under a step.
#include <cstdio>

static void deep(int value) {
    if (value == 0)
        throw 7; // #THROW
    deep(value - 1);
}

static int guarded() {
    try {
        deep(3);             // #BP1
        std::puts("not so"); // #NEVER
    } catch (int caught) {
        return caught; // #CAUGHT
    }
    return 0;
}

int main() {
    int result = guarded();          // #CALL
    std::printf("got %d\n", result); // #END
    return 0;
}
