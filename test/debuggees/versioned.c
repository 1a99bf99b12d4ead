// A library whose functions programs know by other names than the sources do, with a version, as glibc's are.
int inner_twice(int value) {
    return 2 * value; // #TWICE
}

int inner_call_back(int (*function)(int), int value) {
    return function(value) + 1;
}

int old_twice(int value) {
    return value;
}

__asm__(".symver inner_twice, twice@@VERSION_2");
__asm__(".symver inner_call_back, call_back@@VERSION_2");
__asm__(".symver old_twice, twice@VERSION_1");
