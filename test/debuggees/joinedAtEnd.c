// Joins a thread that is about to end: what it has on its stack goes with it, and it must have no more use for that.
#include <pthread.h>
#include <stdio.h>

void begin(void) {}
void joined(void) {}

static void *ends(void *unused) {
    begin();
    return unused;
}

int main(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, ends, NULL) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    joined();
    puts("EXIT-SUCCESS");
    return 0;
}
