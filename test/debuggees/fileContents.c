// Regular files that are open for writing: contents, size, a name that is taken away, and files that are new.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <fcntl.h>
#include <sys/stat.h>

static char got[4096];

static int make(const char *name, const char *contents) {
    int fd = open(name, O_CREAT | O_TRUNC | O_RDWR, 0640);
    CHECK(fd >= 0 && write(fd, contents, strlen(contents)) == (ssize_t)strlen(contents));
    return fd;
}

static void expect(const char *name, const char *contents) {
    int fd = open(name, O_RDONLY);
    CHECK(fd >= 0);
    ssize_t size = read(fd, got, sizeof got);
    CHECK(size == (ssize_t)strlen(contents) && memcmp(got, contents, (size_t)size) == 0);
    close(fd);
}

int main(int argc, char **argv) {
    struct stat status;
    CHECK(argc == 2 && chdir(argv[1]) == 0);
    int changed = make("changed", "as it was"), gone = make("gone", "to be removed"), cut = make("cut", "long, long");
    int untouched = make("untouched", "the same");
    CHECK(write(changed, "!", 1) == 1);
    first(); // #BP1
    expect("changed", "as it was!");
    expect("gone", "to be removed");
    expect("cut", "long, long");
    CHECK(access("new", F_OK) != 0);
    CHECK(stat("gone", &status) == 0 && (status.st_mode & 07777) == 0640);
    // The descriptors are of the files that have the names.
    struct stat own;
    CHECK(fstat(gone, &own) == 0 && own.st_ino == status.st_ino && lseek(gone, 0, SEEK_CUR) == 13);
    CHECK(write(changed, " and more", 9) == 9 && pwrite(changed, "A", 1, 0) == 1);
    CHECK(unlink("gone") == 0 && write(gone, " soon", 5) == 5);
    CHECK(ftruncate(cut, 4) == 0);
    int added = make("new", "was not there");
    second(); // #BP2
    expect("changed", "As it was! and more");
    expect("cut", "long");
    expect("new", "was not there");
    CHECK(access("gone", F_OK) != 0);
    CHECK(pread(gone, got, sizeof got, 0) == 18 && memcmp(got, "to be removed soon", 18) == 0);
    CHECK(fstat(added, &own) == 0 && own.st_nlink == 1 && untouched > 0);
    return success();
}
