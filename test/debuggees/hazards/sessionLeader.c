// stresses: a program that leads a session of its own
// needs: ids
#include "hazard.h"

int main(void) {
    checkpoint_here();
    CHECK(getpgrp() != getpid());
    CHECK(setsid() == getpid());
    checkpoint_here();
    CHECK(getsid(0) == getpid() && getpgrp() == getpid() && getpgid(0) == getpid());
    CHECK(setsid() == -1 && errno == EPERM);
    checkpoint_here();
    CHECK(getsid(0) == getpid());
    return succeed();
}
