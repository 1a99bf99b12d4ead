// A shared library that a program loads and unloads while it runs; it has a thread-local variable.
__thread int visits = 40;

int twice(int value) {
    visits++;         // #VISIT
    return 2 * value; // #TWICE
}

int call_back(int (*function)(int), int value) {
    return function(value) + 1; // #BACK
}
