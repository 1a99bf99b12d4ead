/* fp_compare_pages on two forks of this process: what differs, what is read, and the limits of one call. */
#include "check.h"
#include "shim_memory.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 5000
#define RECORDS 64

static uint8_t *block, *file;
static uint64_t ranges[2][3];
static uint64_t records[RECORDS][2];

static void write_nothing(void) {}

/* Two bytes in one page, one in the last; what was there; a page that has not been touched, with zeros. */
static void write_some(void) {
    block[7 * PAGE] = 9;
    block[7 * PAGE + 100] = 9;
    block[(PAGES - 2) * PAGE + 4095] = 9;
    block[9 * PAGE] = 1;
    block[(PAGES - 1) * PAGE] = 0;
    file[PAGE + 5] ^= 1;
}

static void write_all(void) {
    for (size_t page = 0; page < PAGES - 1; page++)
        block[page * PAGE + 1] = 2;
}

/* A fork that stands still after it has written. */
static pid_t fork_that(void (*writes)(void)) {
    int ends[2];
    uint8_t byte = 0;
    CHECK(pipe(ends) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        writes();
        if (write(ends[1], &byte, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    CHECK(read(ends[0], &byte, 1) == 1);
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void end(pid_t pid) { CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid); }

static int64_t compare(pid_t first, pid_t second, int32_t count, uint64_t progress[2], int32_t capacity) {
    return fp_compare_pages(first, second, 0, (const uint8_t *)ranges, count, (uint8_t *)progress,
                            (uint8_t *)records, capacity);
}

static void make_memory(void) {
    char name[] = "/tmp/forkpoint-pages-XXXXXX";
    uint8_t bytes[4 * PAGE];
    block = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(block != MAP_FAILED);
    CHECK(madvise(block, PAGES * PAGE, MADV_NOHUGEPAGE) == 0);
    memset(block, 1, (PAGES - 1) * PAGE);
    int fd = mkstemp(name);
    memset(bytes, 3, sizeof bytes);
    CHECK(fd >= 0 && unlink(name) == 0 && write(fd, bytes, sizeof bytes) == sizeof bytes);
    file = mmap(NULL, sizeof bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(file != MAP_FAILED && close(fd) == 0);
    const int file_first = file < block;
    const uint64_t parts[2][3] = {{(uint64_t)block, (uint64_t)block + PAGES * PAGE, 1},
                                  {(uint64_t)file, (uint64_t)file + sizeof bytes, 0}};
    memcpy(ranges[0], parts[file_first], sizeof parts[0]);
    memcpy(ranges[1], parts[!file_first], sizeof parts[0]);
}

static uint64_t bytes_changed_at(const uint8_t *address, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (records[i][0] == (uint64_t)address)
            return records[i][1];
    return 0;
}

static void test_differences(void) {
    uint64_t progress[2] = {0, 0};
    pid_t first = fork_that(write_nothing), second = fork_that(write_some);
    int64_t count = 0;
    /* Without frame numbers (CAP_SYS_ADMIN) all is read, which takes more calls than one. */
    uint64_t found[RECORDS][2];
    for (int calls = 0; progress[0] < ranges[1][1]; calls++) {
        int64_t some = compare(first, second, 2, progress, RECORDS);
        CHECK(some >= 0 && count + some <= RECORDS && calls < 10);
        memcpy(found[count], records, (size_t)some * sizeof *records);
        count += some;
    }
    memcpy(records, found, sizeof found);
    CHECK(count == 3);
    CHECK(bytes_changed_at(block + 7 * PAGE, count) == 2);
    CHECK(bytes_changed_at(block + (PAGES - 2) * PAGE, count) == 1);
    CHECK(bytes_changed_at(file + PAGE, count) == 1);
    CHECK(records[0][0] < records[1][0] && records[1][0] < records[2][0]);
    CHECK(progress[1] >= 2 * 4 * PAGE);
    /* With itself nothing differs. */
    progress[0] = progress[1] = 0;
    while (progress[0] < ranges[1][1])
        CHECK(compare(second, second, 2, progress, RECORDS) == 0);
    end(first);
    end(second);
}

/* A full buffer of records ends a call; the next goes on where it ended, and none is lost or told twice. */
static void test_limits(void) {
    uint64_t progress[2] = {0, 0}, before = 0;
    pid_t first = fork_that(write_nothing), second = fork_that(write_all);
    int64_t total = 0;
    while (progress[0] < ranges[1][1]) {
        int64_t count = compare(first, second, 2, progress, RECORDS);
        CHECK(count >= 0 && count <= RECORDS);
        for (int64_t i = 0; i < count; i++) {
            CHECK(records[i][0] > before && records[i][1] == 1);
            before = records[i][0];
        }
        total += count;
    }
    CHECK(total == PAGES - 1);
    CHECK(progress[1] == (uint64_t)2 * PAGE * (PAGES - 1));
    end(first);
    CHECK(compare(first, second, 2, progress, RECORDS) == -ENOENT);
    CHECK(compare(second, first, 2, progress, RECORDS) == -ENOENT);
    progress[0] = 0;
    CHECK(compare(second, second, 0, progress, RECORDS) == 0 && progress[0] == 0);
    end(second);
}

int main(void) {
    make_memory();
    test_differences();
    test_limits();
    puts("pages: ok");
    return 0;
}
