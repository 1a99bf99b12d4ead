// A thread-local variable of a function that is not active where it is looked at.
static int count(void) {
    static __thread int calls;
    return ++calls;
}

int main(void) {
    count(); // #FIRST
    count(); // #SECOND
    return 0;
}
