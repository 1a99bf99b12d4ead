/* What a fork lacks of a process's memory, seen both ways: with what later kernels have, and without. */
#include "check.h"
#include "shim.h"
#include "shim_memory.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (8 * 4096)

struct answer {
    int64_t missing;
    uint64_t locked;
    uint32_t shared, wiped;
    struct {
        uint64_t low, high;
    } ranges[8];
};

static uint8_t *area(int flags, int advice) {
    uint8_t *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
    CHECK(memory != MAP_FAILED && (advice == 0 || madvise(memory, SIZE, advice) == 0));
    return memory;
}

static struct answer survey(pid_t origin, pid_t copy, int plain) {
    struct answer answer;
    memset(&answer, 0, sizeof answer);
    CHECK(fp_survey_memory(origin, copy, plain, (uint8_t *)&answer, 8) == 0);
    return answer;
}

/* Whoever is asked about must stand still, like a stopped program. */
static void stand_still(pid_t parent) {
    while (getppid() == parent)
        usleep(10000);
    _exit(0);
}

struct family {
    pid_t origin, copy;
};

/* A process in which `prepare` has run, and a clone of it. */
static struct family start(void (*prepare)(void)) {
    struct family family;
    int report[2];
    CHECK(pipe(report) == 0);
    const pid_t test = getpid();
    family.origin = fork();
    if (family.origin == 0) {
        const pid_t own = getpid();
        prepare();
        pid_t copy = fork();
        if (copy == 0)
            stand_still(own);
        if (write(report[1], &copy, sizeof copy) == sizeof copy)
            stand_still(test);
    }
    CHECK(read(report[0], &family.copy, sizeof family.copy) == sizeof family.copy);
    close(report[0]);
    close(report[1]);
    return family;
}

static void end(struct family family) {
    kill(family.copy, SIGKILL);
    kill(family.origin, SIGKILL);
    waitpid(family.origin, NULL, 0);
}

static void do_nothing(void) {}

static uint8_t *left_out, *emptied, *hidden, *common, *untouched;

static void fill(void) {
    if (madvise(left_out, SIZE, MADV_DONTFORK) != 0)
        _exit(1);
    left_out[0] = common[0] = 1;
    memset(emptied + 4096, 5, 2 * 4096);
    hidden[SIZE - 1] = 6;
    /* The sanitizer has a mlock of its own, which does nothing. */
    if (mprotect(hidden, SIZE, PROT_NONE) != 0 || syscall(SYS_mlock, common, (size_t)SIZE) != 0 ||
        untouched[0] != 0)
        _exit(1);
}

static long resident_pages(void) {
    long total, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file != NULL && fscanf(file, "%ld %ld", &total, &resident) == 2);
    fclose(file);
    return resident;
}

/* Some virtual machines give every page that is only read one of its own: it seems to have something. */
static int has_page_of_zeros(void) {
    const size_t pages = 4096;
    volatile uint8_t *memory =
        mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    madvise((void *)memory, pages * 4096, MADV_NOHUGEPAGE);
    const long before = resident_pages();
    for (size_t page = 0; page < pages; page++)
        CHECK(memory[page * 4096] == 0);
    const long taken = resident_pages() - before;
    munmap((void *)memory, pages * 4096);
    return taken < (long)pages / 2;
}

static void look(struct family family, uint32_t shared) {
    struct answer answer;
    const uint32_t untouched_too = has_page_of_zeros() ? 0 : 1;
    for (int plain = 0; plain < 2; plain++) {
        answer = survey(family.origin, family.copy, plain);
        CHECK(answer.missing == SIZE && answer.shared == shared + 1 && answer.locked == SIZE);
        /* Before Linux 6.7 the page of zeros counts as well. */
        CHECK(answer.wiped == 2 + untouched_too || (plain && answer.wiped == 3));
        for (uint32_t i = 0; i < answer.wiped; i++)
            CHECK(answer.ranges[i].high == answer.ranges[i].low + SIZE);
    }
    answer = survey(family.origin, family.copy, 0);
    CHECK(survey(family.origin, 0, 0).shared == shared + 1 &&
          survey(family.origin, 0, 1).shared == shared + 1);
    /* Three pages have something. */
    const int64_t pages = 3 + untouched_too;
    CHECK(fp_copy_memory(family.origin, family.copy, (const uint8_t *)answer.ranges, answer.wiped) ==
          pages * 4096);
    CHECK(survey(family.origin, family.copy, 0).wiped == 0);
    uint8_t byte = 0;
    int64_t memory = fp_open_memory(family.copy);
    CHECK(fp_read_memory((int32_t)memory, (int64_t)hidden + SIZE - 1, &byte, 1) == 1 && byte == 6);
    CHECK(fp_read_memory((int32_t)memory, (int64_t)emptied + 3 * 4096 - 1, &byte, 1) == 1 && byte == 5);
    fp_close((int32_t)memory);
}

/* A mapped file, in this process itself; its last page is behind the file's end. */
static void test_mapped(void) {
    char name[] = "/tmp/forkpoint-mapped-XXXXXX";
    struct {
        uint64_t low, high, place;
        int64_t saved;
        uint64_t differing;
    } areas[2];
    const int file = mkstemp(name);
    CHECK(file >= 0 && unlink(name) == 0 && ftruncate(file, 7 * 4096) == 0);
    uint8_t *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(memory != MAP_FAILED);
    memory[4096] = 1;
    for (int i = 0; i < 2; i++) {
        areas[i].low = (uint64_t)memory + (uint64_t)i * SIZE / 2;
        areas[i].high = areas[i].low + SIZE / 2;
    }
    int store = (int)fp_save_mapped(getpid(), (uint8_t *)areas, 2, SIZE);
    CHECK(store >= 0 && areas[0].saved == SIZE / 2 && areas[1].saved == 3 * 4096 &&
          areas[1].place == SIZE / 2);
    CHECK(fp_restore_mapped(getpid(), store, (uint8_t *)areas, 2, 0) == 0);
    CHECK(areas[0].differing == 0 && areas[1].differing == 0);
    memory[4096] = 2;
    memory[6 * 4096] = 3;
    CHECK(fp_restore_mapped(getpid(), store, (uint8_t *)areas, 2, 0) == 0 && memory[4096] == 2);
    CHECK(areas[0].differing == 1 && areas[1].differing == 1);
    CHECK(fp_restore_mapped(getpid(), store, (uint8_t *)(areas + 1), 1, 1) == 0);
    CHECK(memory[4096] == 2 && memory[6 * 4096] == 0);
    CHECK(ftruncate(file, 4096) == 0);
    CHECK(fp_restore_mapped(getpid(), store, (uint8_t *)areas, 1, 1) < 0 && areas[0].differing == 3);
    close(store);
    store = (int)fp_save_mapped(getpid(), (uint8_t *)areas, 1, 0);
    CHECK(store >= 0 && areas[0].saved == -EFBIG);
    close(store);
    munmap(memory, SIZE);
    close(file);
}

int main(void) {
    test_mapped();
    struct family family = start(do_nothing);
    for (int plain = 0; plain < 2; plain++) {
        const struct answer nothing = survey(family.origin, family.copy, plain);
        CHECK(nothing.missing == 0 && nothing.wiped == 0 && nothing.locked == 0);
    }
    const uint32_t shared = survey(family.origin, 0, 0).shared;
    end(family);
    left_out = area(MAP_PRIVATE, 0);
    emptied = area(MAP_PRIVATE, MADV_WIPEONFORK);
    hidden = area(MAP_PRIVATE, MADV_WIPEONFORK);
    untouched = area(MAP_PRIVATE, MADV_WIPEONFORK);
    common = area(MAP_SHARED, 0);
    family = start(fill);
    look(family, shared);
    end(family);
    struct answer answer;
    CHECK(fp_survey_memory(family.origin, 0, 0, (uint8_t *)&answer, 8) == -ENOENT);
    puts("ok");
    return 0;
}
