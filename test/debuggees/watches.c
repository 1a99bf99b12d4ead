// inotify: watches added since go, events that came since are forgotten.
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/inotify.h>

static char events[65536];

static int count(int fd) {
    int found = 0;
    ssize_t got = read(fd, events, sizeof events);
    for (ssize_t at = 0; at < got; found++)
        at += (ssize_t)(sizeof(struct inotify_event) + ((struct inotify_event *)(events + at))->len);
    return found;
}

static void touch(const char *folder) {
    char name[256];
    snprintf(name, sizeof name, "%s/touched", folder);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    CHECK(fd >= 0 && close(fd) == 0 && unlink(name) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    int watch = inotify_init1(IN_NONBLOCK);
    CHECK(watch >= 0 && inotify_add_watch(watch, argv[1], IN_CREATE) == 1);
    first();
    CHECK(count(watch) == 0);
    touch(argv[1]);
    CHECK(count(watch) == 1);
    CHECK(inotify_add_watch(watch, "/tmp", IN_ATTRIB) > 1);
    touch(argv[1]);
    touch(argv[1]);
    second();
    return success();
}
