// Another thread than the first one ends the process, with code 17, while all others wait.
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <unistd.h>

void checkpoint_here(void) { asm volatile(""); }

static void *wait_for_ever(void *unused) {
    for (;;)
        poll(NULL, 0, 1000);
    return unused;
}

static void *end_all(void *unused) {
    usleep(5000);
    _exit(17);
    return unused;
}

int main(void) {
    pthread_t thread;
    checkpoint_here();
    for (int i = 0; i < 6; i++)
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    pthread_create(&thread, NULL, end_all, NULL);
    wait_for_ever(NULL);
}
