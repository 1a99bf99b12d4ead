// Tells whether a checkpoint was noticed: errno, wait(), SIGCHLD, pthread_atfork handlers, getpid and
// getppid.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int forks, children;

static void before(void) { forks++; }
static void on_child(int number) {
    (void)number;
    children++;
}

int main(void) {
    pthread_atfork(before, NULL, NULL);
    signal(SIGCHLD, on_child);
    int process = getpid(), parent = getppid();
    errno = 77;
    int marker = 1;   // #BP1
    int seen = errno; // #BP2
    errno = 0;
    int waited = wait(NULL), reason = errno;
    marker++;
    printf("errno %d wait %d %s atfork %d sigchld %d pid %s ppid %s\n", seen, waited,
           reason == ECHILD ? "ECHILD" : "?", forks, children, getpid() == process ? "same" : "changed",
           getppid() == parent ? "same" : "changed"); // #BP3
    return 0;                                         // #END
}
