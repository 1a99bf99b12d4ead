/* gcc -O2 takes parameters that are not used out of static functions; what a caller would have passed it states still. */
struct pair {
    int left, right;
};
static volatile int sink;

static __attribute__((noinline)) int used(int number, struct pair *removed) {
    sink = number; // #USED
    return number + 1;
}

static __attribute__((noinline)) int between(struct pair *pair, long more) {
    int sum = used(pair->left, pair);
    return sum + pair->right;
}

int main(int argc, char **argv) {
    struct pair pair = {argc, 2};
    int sum = between(&pair, argc + 20);
    sink = pair.left;
    return sum + argc > 100;
}
