// stresses: threads that are made and joined all the time, by two threads at once
#include "hazard.h"

static int ended;

static void *brief(void *number) {
    if ((intptr_t)number % 16 == 0)
        checkpoint_here();
    __atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
    return number;
}

static void *make_many(void *unused) {
    for (intptr_t i = 0; i < 50; i += 2) {
        pthread_t pair[] = {start(brief, (void *)i), start(brief, (void *)(i + 1))};
        CHECK(join(pair[0]) == (void *)i);
        CHECK(join(pair[1]) == (void *)(i + 1));
    }
    return unused;
}

int main(void) {
    pthread_t threads[] = {start(make_many, NULL), start(make_many, NULL)};
    join(threads[0]);
    join(threads[1]);
    CHECK(ended == 100);
    return succeed();
}
