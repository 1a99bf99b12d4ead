// stresses: the parent's id, which stays the same in a copy of a copy
#include "hazard.h"

int main(void) {
    pid_t parent = getppid(), session = getsid(0), group = getpgrp();
    // None in a pid namespace that the debugger has made for it.
    CHECK(parent >= 0);
    for (int i = 0; i < 4; i++) {
        checkpoint_here();
        CHECK(getppid() == parent && getsid(0) == session && getpgrp() == group);
    }
    return succeed();
}
