// stresses: pthread_join of threads that run, that have ended and that wait, with their results
// builds: default static musl muslDynamic optimized
#include "hazard.h"

static void *give(void *value) {
    checkpoint_here();
    return (char *)value + 1;
}

static void *join_another(void *another) {
    intptr_t result = (intptr_t)join(*(pthread_t *)another);
    return (void *)(result + 10);
}

static void *give_late(void *value) {
    let_others_block();
    checkpoint_here();
    return value;
}

int main(void) {
    pthread_t ended = start(give, (void *)100);
    let_others_block();
    checkpoint_here();
    CHECK(join(ended) == (void *)101);
    pthread_t late = start(give_late, (void *)200), joiner = start(join_another, &late);
    CHECK(join(joiner) == (void *)210);
    pthread_t many[8];
    for (intptr_t i = 0; i < 8; i++)
        many[i] = start(give, (void *)i);
    for (intptr_t i = 0; i < 8; i++)
        CHECK(join(many[i]) == (void *)(i + 1));
    return succeed();
}
