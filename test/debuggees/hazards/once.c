// stresses: pthread_once, stopped inside of the routine that others wait for
#include "hazard.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int calls;

static void initialize(void) {
    calls++;
    let_others_block();
    checkpoint_here();
}

static void *use(void *unused) {
    OK(pthread_once(&once, initialize));
    CHECK(calls == 1);
    return unused;
}

int main(void) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(use, NULL);
    for (int i = 0; i < 4; i++)
        join(threads[i]);
    use(NULL);
    return succeed();
}
