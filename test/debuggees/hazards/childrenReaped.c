// stresses: children by fork, vfork and posix_spawn that have ended and been waited for
// positions: markers
#include "hazard.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static void expect(pid_t child, int code) {
    int status;
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

int main(void) {
    char *words[] = {"sh", "-c", "exit 5", NULL};
    checkpoint_here();
    pid_t child = fork();
    if (child == 0)
        _exit(3);
    expect(child, 3);
    checkpoint_here();
    child = vfork();
    if (child == 0) {
        execv("/bin/sh", words);
        _exit(127);
    }
    expect(child, 5);
    checkpoint_here();
    OK(posix_spawn(&child, "/bin/sh", NULL, NULL, words, environ));
    expect(child, 5);
    checkpoint_here();
    CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
    return succeed();
}
