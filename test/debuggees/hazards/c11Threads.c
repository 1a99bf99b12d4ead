// stresses: C11 threads: thrd, mtx, cnd, tss, call_once
#include "hazard.h"
#include <threads.h>

static mtx_t mutex;
static cnd_t condition;
static tss_t slot;
static once_flag flag = ONCE_FLAG_INIT;
static int turn, made;
static thread_local int own;

static void make(void) { made++; }

static int play(void *number) {
    int mine = (int)(intptr_t)number;
    call_once(&flag, make);
    own = mine;
    CHECK(tss_set(slot, number) == thrd_success);
    for (int i = 0; i < 5; i++) {
        CHECK(mtx_lock(&mutex) == thrd_success);
        while (turn % 3 != mine)
            CHECK(cnd_wait(&condition, &mutex) == thrd_success);
        turn++;
        if (i == 2)
            checkpoint_here();
        CHECK(cnd_broadcast(&condition) == thrd_success);
        CHECK(mtx_unlock(&mutex) == thrd_success);
    }
    CHECK(own == mine && tss_get(slot) == number);
    thrd_exit(mine + 40);
}

int main(void) {
    thrd_t threads[3];
    CHECK(mtx_init(&mutex, mtx_plain) == thrd_success);
    CHECK(cnd_init(&condition) == thrd_success);
    CHECK(tss_create(&slot, NULL) == thrd_success);
    for (intptr_t i = 0; i < 3; i++)
        CHECK(thrd_create(&threads[i], play, (void *)i) == thrd_success);
    for (int i = 0; i < 3; i++) {
        int result = 0;
        CHECK(thrd_join(threads[i], &result) == thrd_success);
        CHECK(result == i + 40);
    }
    CHECK(turn == 15 && made == 1);
    return succeed();
}
