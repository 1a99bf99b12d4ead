// Two threads in vfork at once: the second one's child is done while the first one's still runs the program's code.
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) void met(void) {
    __asm__ volatile("");
}

/* The children share this memory. */
static volatile int begun, quick_gone;

static void *slow(void *unused) {
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        begun = 1;
        while (!quick_gone)
            usleep(100);
        met();
        _exit(7);
    }
    waitpid(child, &status, 0);
    printf("slow %x\n", status);
    return unused;
}

int main(void) {
    pthread_t thread;
    int status = 0;
    pthread_create(&thread, NULL, slow, NULL);
    while (!begun)
        usleep(100);
    pid_t child = vfork();
    if (child == 0)
        _exit(0);
    waitpid(child, &status, 0);
    printf("quick %x\n", status);
    quick_gone = 1;
    pthread_join(thread, NULL);
    met();
    return 0;
}
