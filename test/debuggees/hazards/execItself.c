// stresses: a program that runs another file, itself, from a thread
// positions: markers
#include "hazard.h"

static char *name;

static void *again(void *unused) {
    char *words[] = {name, "second", NULL};
    checkpoint_here();
    execv("/proc/self/exe", words);
    CHECK(!"reached");
    return unused;
}

int main(int argc, char **argv) {
    name = argv[0];
    checkpoint_here();
    if (argc > 1) {
        CHECK(getpid() == gettid());
        return succeed();
    }
    say("first");
    join(start(again, NULL));
    return 1;
}
