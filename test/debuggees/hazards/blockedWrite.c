// stresses: a thread in write on a full pipe, part of whose bytes have gone
#include "hazard.h"

enum { SIZE = 100000 };
static int ends[2];
static char sent[SIZE], got[SIZE];

static void *write_all(void *unused) {
    // A stop alone may end a write that has put some of its bytes into the pipe.
    for (long at = 0, count; at < SIZE; at += count)
        CHECK((count = RETRY(write(ends[1], sent + at, (size_t)(SIZE - at)))) > 0);
    return unused;
}

int main(void) {
    OK(pipe(ends));
    for (int i = 0; i < SIZE; i++)
        sent[i] = (char)(i * 7 + i / 256);
    pthread_t thread = start(write_all, NULL);
    let_others_block();
    checkpoint_here();
    for (int at = 0; at < SIZE;) {
        long count = read(ends[0], got + at, 30000);
        CHECK(count > 0);
        if (at < 30000)
            checkpoint_here();
        at += (int)count;
    }
    join(thread);
    CHECK(memcmp(sent, got, SIZE) == 0);
    return succeed();
}
