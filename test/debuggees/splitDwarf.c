// Variables of all storage classes, for debug information that is in a file of its own (.dwo).
struct pair {
    int first, second;
};

int global = 5;
static struct pair fixed = {6, 7};
_Thread_local char padding[40];
_Thread_local int threadOwn = 8;
static _Thread_local int fileOwn = 9;

static int sum(int value) {
    static int kept = 10;
    int local = value + kept;
    return local + global + fixed.first + threadOwn + fileOwn + padding[0]; // #BP1
}

int main(void) {
    return sum(1) != 39; // #END
}
