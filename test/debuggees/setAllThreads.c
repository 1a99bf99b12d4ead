// Sets its user id again and again, which the C library has each of its threads do; they run meanwhile. The
// first of them takes SIGURG. Argument: how many threads.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST = 3, TIMES = 5 };

static volatile int over;

__attribute__((noinline)) static void on_signal(int number) { (void)number; }

static void *spin(void *is_first) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    if (is_first != NULL)
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    while (!over)
        continue;
    return NULL;
}

int main(int argc, char **argv) {
    const int count = argc > 1 ? atoi(argv[1]) : MOST;
    pthread_t threads[MOST];
    sigset_t set;
    int failed = count > MOST;
    signal(SIGURG, on_signal);
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < count && !failed; i++)
        failed = pthread_create(&threads[i], NULL, spin, i == 0 ? &over : NULL) != 0;
    if (failed)
        return 1;
    for (int i = 0; i < TIMES; i++)
        failed |= setuid(getuid());
    over = 1;
    for (int i = 0; i < count; i++)
        failed |= pthread_join(threads[i], NULL);
    dprintf(1, "%s\n", failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
