// stresses: a child that is alive, talks over pipes and is waited for
// expects: notRestored children: the child is another process, that has ended
// positions: markers
#include "hazard.h"
#include <sys/wait.h>

int main(void) {
    int to[2], from[2], status;
    char text[10];
    OK(pipe(to));
    OK(pipe(from));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(to[1]);
        while (read(to[0], text, 1) == 1)
            CHECK(write(from[1], text, 1) == 1);
        _exit(4);
    }
    checkpoint_here();
    for (int i = 0; i < 3; i++) {
        text[1] = (char)('a' + i);
        CHECK(write(to[1], text + 1, 1) == 1);
        CHECK(read(from[0], text, 1) == 1 && text[0] == text[1]);
        checkpoint_here();
    }
    OK(close(to[1]));
    // The child sees the end of it, whatever checkpoints there are.
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 4);
    return succeed();
}
