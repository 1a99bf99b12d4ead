// stresses: settings of prctl, of the process and of each thread: those that a fork passes on and those that
// it does not
#include "hazard.h"
#include <sys/prctl.h>

static long get(int what) { return prctl(what, 0, 0, 0, 0); }

static int death_signal(void) {
    int signal = 0;
    OK(prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0));
    return signal;
}

// linux/prctl.h of newer kernels.
#define SET_MDWE 65
#define GET_MDWE 66
#define REFUSE_EXEC_GAIN 1
#define NO_INHERIT 2

// For itself alone, where the kernel knows that.
static void refuse_execution(void) {
    const int wanted = REFUSE_EXEC_GAIN | NO_INHERIT;
    const int refused = prctl(SET_MDWE, wanted, 0, 0, 0) == 0 ? wanted : get(GET_MDWE);
    checkpoint_here();
    CHECK(get(GET_MDWE) == refused);
}

static pthread_barrier_t barrier;

// Another thread with settings of its own.
static void *strict(void *unused) {
    OK(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0));
    OK(prctl(PR_SET_TIMERSLACK, 88888, 0, 0, 0));
    OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    CHECK(death_signal() == SIGUSR1);
    CHECK(get(PR_GET_TIMERSLACK) == 88888 && get(PR_GET_NO_NEW_PRIVS) == 1);
    return unused;
}

int main(void) {
    int reaper = 0;
    OK(pthread_barrier_init(&barrier, NULL, 2));
    OK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
    OK(prctl(PR_SET_TIMERSLACK, 77777, 0, 0, 0));
    checkpoint_here();
    OK(prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0));
    CHECK(reaper == 1);
    CHECK(get(PR_GET_TIMERSLACK) == 77777);
    OK(prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0));
    pthread_t thread = start(strict, NULL);
    pthread_barrier_wait(&barrier);
    checkpoint_here();
    CHECK(death_signal() == SIGTERM);
    CHECK(get(PR_GET_TIMERSLACK) == 77777 && get(PR_GET_NO_NEW_PRIVS) == 0);
    OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    pthread_barrier_wait(&barrier);
    join(thread);
    checkpoint_here();
    CHECK(get(PR_GET_NO_NEW_PRIVS) == 1);
    OK(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0));
    OK(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0));
    checkpoint_here();
    OK(prctl(PR_GET_CHILD_SUBREAPER, &reaper, 0, 0, 0));
    CHECK(death_signal() == 0 && reaper == 0);
    refuse_execution();
    return succeed();
}
