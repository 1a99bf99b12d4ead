// stresses: settings of prctl: those that a fork passes on and those that it does not
#include "hazard.h"
#include <sys/prctl.h>

static long get(int what) { return prctl(what, 0, 0, 0, 0); }

int main(void) {
    int reaper = 0, death = 0;
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    OK(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0));
    checkpoint_here();
    OK(prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0));
    CHECK(reaper == 1);
    CHECK(get(PR_GET_TIMERSLACK) == 77777);
    OK(prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0));
    OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    checkpoint_here();
    OK(prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0));
    CHECK(death == SIGTERM && get(PR_GET_NO_NEW_PRIVS) == 1);
    OK(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
    OK(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));
    checkpoint_here();
    OK(prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0));
    OK(prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0));
    CHECK(death == 0 && reaper == 0);
    return succeed();
}
