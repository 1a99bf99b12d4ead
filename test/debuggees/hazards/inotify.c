// stresses: inotify: watches, and events that wait to be read
// expects: notRestored inotify: events that were read are gone
#include "hazard.h"
#include <sys/inotify.h>
#include <sys/stat.h>

int main(void) {
    char folder[] = "/tmp/hazard-XXXXXX", name[60];
    char buffer[4096] __attribute__((aligned(8)));
    struct inotify_event *event = (struct inotify_event *)buffer;
    CHECK(mkdtemp(folder) != NULL);
    int notifier = inotify_init1(IN_NONBLOCK);
    int watch = inotify_add_watch(notifier, folder, IN_CREATE | IN_DELETE);
    snprintf(name, sizeof name, "%s/made", folder);
    checkpoint_here();
    int made = open(name, O_CREAT | O_WRONLY, 0600);
    CHECK(made >= 0);
    checkpoint_here();
    CHECK(read(notifier, buffer, sizeof buffer) == (long)(sizeof *event + event->len));
    CHECK(event->wd == watch && event->mask == IN_CREATE && strcmp(event->name, "made") == 0);
    checkpoint_here();
    OK(unlink(name));
    CHECK(read(notifier, buffer, sizeof buffer) == (long)(sizeof *event + event->len));
    CHECK(event->mask == IN_DELETE);
    OK(rmdir(folder));
    return succeed();
}
