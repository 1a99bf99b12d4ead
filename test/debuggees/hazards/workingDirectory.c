// stresses: the working directory and the umask, changed after the checkpoint
#include "hazard.h"
#include <sys/stat.h>

static void in(const char *expected) {
    char name[100];
    CHECK(getcwd(name, sizeof name) != NULL && strcmp(name, expected) == 0);
}

static void umask_is(mode_t expected) { CHECK(umask(expected) == expected); }

int main(void) {
    OK(chdir("/usr"));
    umask(027);
    checkpoint_here();
    in("/usr");
    umask_is(027);
    OK(chdir("share"));
    umask(0177);
    checkpoint_here();
    in("/usr/share");
    umask_is(0177);
    int root = open("/", O_RDONLY | O_DIRECTORY);
    OK(fchdir(root));
    umask(0);
    checkpoint_here();
    in("/");
    umask_is(0);
    return succeed();
}
