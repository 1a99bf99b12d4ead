// stresses: the name of each thread (prctl PR_SET_NAME)
#include "hazard.h"
#include <sys/prctl.h>

static pthread_barrier_t barrier;

static void name_is(const char *expected) {
    char name[16] = "";
    OK(prctl(PR_GET_NAME, name));
    CHECK(strcmp(name, expected) == 0);
}

static void *named(void *name) {
    OK(prctl(PR_SET_NAME, name));
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    name_is(name);
    return NULL;
}

int main(void) {
    OK(pthread_barrier_init(&barrier, NULL, 3));
    OK(prctl(PR_SET_NAME, "the first"));
    pthread_t threads[] = {start(named, "fifteen letters"), start(named, "b")};
    pthread_barrier_wait(&barrier);
    checkpoint_here();
    name_is("the first");
    char name[16] = "";
    OK(pthread_getname_np(threads[0], name, sizeof name));
    CHECK(strcmp(name, "fifteen letters") == 0);
    OK(prctl(PR_SET_NAME, "renamed"));
    checkpoint_here();
    pthread_barrier_wait(&barrier);
    join(threads[0]);
    join(threads[1]);
    name_is("renamed");
    return succeed();
}
