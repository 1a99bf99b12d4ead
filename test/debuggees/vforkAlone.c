// Its only thread waits in vfork for a child that waits for a signal.
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int status = 0;
    const pid_t child = vfork();
    if (child == 0) {
        /* Not left behind when its parent is killed. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
        _exit(3);
    }
    waitpid(child, &status, 0);
    printf("ended by %d\n", WTERMSIG(status));
    return 0;
}
