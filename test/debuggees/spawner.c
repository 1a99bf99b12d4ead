// Spends nearly all its time in vfork, waiting for children.
#include <sys/wait.h>
#include <unistd.h>

int children;

int main(void) {
    for (;;) {
        pid_t child = vfork();
        if (child == 0) {
            usleep(3000);
            _exit(0);
        }
        waitpid(child, NULL, 0);
        children++;
    }
}
