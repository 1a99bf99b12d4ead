// stresses: a thread in read on an empty pipe
// builds: default static musl muslDynamic
#include "hazard.h"

static int ends[2];

static void *read_all(void *unused) {
    char byte;
    for (int i = 0; i < 10; i++) {
        CHECK(read(ends[0], &byte, 1) == 1);
        CHECK(byte == 'a' + i);
    }
    return unused;
}

int main(void) {
    OK(pipe(ends));
    pthread_t thread = start(read_all, NULL);
    for (int i = 0; i < 10; i++) {
        char byte = (char)('a' + i);
        if (i % 3 == 0) {
            let_others_block();
            checkpoint_here();
        }
        CHECK(write(ends[1], &byte, 1) == 1);
    }
    join(thread);
    return succeed();
}
