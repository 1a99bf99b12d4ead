// Sets its user id again and again, which the C library has each of its threads do; they run meanwhile.
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

enum { THREADS = 3, TIMES = 20 };

static volatile int over;

static void *spin(void *unused) {
    while (!over)
        continue;
    return unused;
}

int main(void) {
    pthread_t threads[THREADS];
    int failed = 0;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, spin, NULL) != 0)
            return 1;
    for (int i = 0; i < TIMES; i++)
        failed |= setuid(getuid());
    over = 1;
    for (int i = 0; i < THREADS; i++)
        failed |= pthread_join(threads[i], NULL);
    dprintf(1, "%s\n", failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
