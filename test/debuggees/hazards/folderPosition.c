// stresses: the position within a directory that is being read
#include "hazard.h"
#include <dirent.h>

static int count(DIR *folder) {
    int entries = 0;
    while (readdir(folder) != NULL)
        entries++;
    return entries;
}

int main(void) {
    DIR *folder = opendir("/usr/share");
    CHECK(folder != NULL);
    int all = count(folder);
    rewinddir(folder);
    checkpoint_here();
    CHECK(readdir(folder) != NULL);
    long place = telldir(folder);
    checkpoint_here();
    CHECK(count(folder) == all - 1);
    seekdir(folder, place);
    checkpoint_here();
    CHECK(count(folder) == all - 1);
    OK(closedir(folder));
    return succeed();
}
