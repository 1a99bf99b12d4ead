// One thread, or ("leader") the first, waits in vfork while another runs, until the debugger sets `release`.
// In a copy it comes back from there without a child to wait for. EXIT-SUCCESS either way.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

volatile int child_started, release, count, done;
static int failed;
static volatile pid_t parent;

static void *spawn(void *argument) {
    int status = 0;
    parent = getpid();
    const pid_t child = vfork();
    if (child == 0) {
        child_started = 1;
        /* Not left behind when its parent is killed. */
        while (!release && getppid() == parent)
            usleep(1000);
        _exit(3);
    }
    if (child < 0)
        failed = 1;
    const pid_t waited = waitpid(child, &status, 0);
    if (waited == child ? WEXITSTATUS(status) != 3 : errno != ECHILD)
        failed = 1;
    puts(waited == child ? "with child" : "alone");
    done = 1;
    return argument;
}

static void *spin(void *argument) {
    while (!done)
        count++;
    return argument;
}

int main(int argc, char **argv) {
    pthread_t thread;
    (void)argv;
    pthread_create(&thread, NULL, argc > 1 ? spin : spawn, NULL);
    (argc > 1 ? spawn : spin)(NULL);
    if (pthread_join(thread, NULL) != 0)
        failed = 1;
    puts(failed ? "FAILED" : "EXIT-SUCCESS");
    return failed;
}
