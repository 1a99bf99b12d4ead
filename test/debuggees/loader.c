// Loads a library twice over, calls into it and back; its path is the first argument.
#include <dlfcn.h>
#include <stdio.h>

static int triple(int value) {
    return 3 * value; // #TRIPLE
}

int main(int argc, char **argv) {
    int sum = argc;
    for (int turn = 0; turn < 2; turn++) {
        void *library = dlopen(argv[1], RTLD_NOW); // #OPEN
        if (library == NULL)
            return 9;
        int (*twice)(int) = (int (*)(int))dlsym(library, "twice");
        int (*call_back)(int (*)(int), int) = (int (*)(int (*)(int), int))dlsym(library, "call_back");
        sum += twice(turn);             // #CALL
        sum += call_back(triple, turn); // #THERE
        dlclose(library);               // #CLOSE
    }
    printf("sum %d\n", sum); // #END
    return 0;
}
