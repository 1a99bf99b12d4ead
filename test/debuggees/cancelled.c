// Cancels a thread that waits, between `begin` and `end`, and another one before, so that all that this takes
// is loaded.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static int ends[2];

__attribute__((noinline)) void begin(void) { __asm__ volatile(""); }
__attribute__((noinline)) void end(void) { __asm__ volatile(""); }

static void *wait_for_ever(void *unused) {
    char byte;
    while (read(ends[0], &byte, 1) != 1)
        continue;
    return unused;
}

static int cancel_one(int is_second) {
    pthread_t thread;
    void *result;
    if (pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        return 1;
    usleep(20000);
    if (is_second)
        begin();
    int error = pthread_cancel(thread);
    if (is_second)
        end();
    return error != 0 || pthread_join(thread, &result) != 0 || result != PTHREAD_CANCELED;
}

int main(void) {
    const int failed = pipe(ends) != 0 || cancel_one(0) || cancel_one(1);
    dprintf(1, "%s\n", failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
