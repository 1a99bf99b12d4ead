/* What hardly any program holds, seen and put back in a real program that stands still. */
#include "check.h"
#include "debuggee.h"
#include "shim.h"
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

enum { OTHER_FILES = 1, OTHER_FOLDER = 2 };
enum { SEMAPHORES = 4, UNSHARED = 32 };

static volatile char selector;

/* With a selector that lets every call pass. */
static int debuggee(void) {
    raise(SIGSTOP);
    if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector) != 0)
        return 1;
    raise(SIGSTOP);
    return 7;
}

static void run_to_stop(int32_t pid) {
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(event_status() >> 8 == SIGSTOP);
}

/* Another process stands for a thread that shares nothing. */
static void test_unshared(int32_t pid) {
    const int32_t tids[] = {pid, getpid()};
    uint8_t answers[2] = {2, 2};
    CHECK(fp_find_holdings(pid, tids, 2, answers) & UNSHARED);
    CHECK(answers[0] == 0 && (answers[1] & (OTHER_FILES | OTHER_FOLDER)) == (OTHER_FILES | OTHER_FOLDER));
    uint8_t unasked[2] = {0, 0};
    CHECK((fp_find_holdings(pid, tids, 2, unasked) & UNSHARED) == 0 && unasked[1] == 0);
}

static void test_semaphores(int32_t pid) {
    uint8_t answer = 1;
    int set = semget(IPC_PRIVATE, 1, 0600);
    CHECK(set >= 0 && fp_find_holdings(pid, &pid, 1, &answer) & SEMAPHORES);
    CHECK(semctl(set, 0, IPC_RMID) == 0);
}

static void test_dispatch(int32_t pid) {
    uint8_t record[FP_DISPATCH_SIZE] = {0}, again[FP_DISPATCH_SIZE] = {0};
    uint8_t off[FP_DISPATCH_SIZE] = {0};
    uint64_t place;
    memcpy(record, &pid, sizeof pid);
    memcpy(again, &pid, sizeof pid);
    memcpy(off, &pid, sizeof pid);
    CHECK(fp_read_dispatch(record, 1) == 1);
    memcpy(&place, record + 16, sizeof place);
    CHECK(place != 0);
    /* What is off is left alone. */
    CHECK(fp_set_dispatch(off, 1) == 0 && fp_read_dispatch(again, 1) == 1);
    CHECK(memcmp(record, again, sizeof record) == 0);
    CHECK(fp_set_dispatch(record, 1) == 0);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "debuggee") == 0)
        return debuggee();
    int32_t result[5];
    uint8_t answer = 1;
    const int32_t pid = start_debuggee(result);
    run_to_stop(pid);
    CHECK((fp_find_holdings(pid, &pid, 1, &answer) & UNSHARED) == 0 && answer == 0);
    test_unshared(pid);
    test_semaphores(pid);
    run_to_stop(pid);
    test_dispatch(pid);
    do {
        CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    } while ((event_status() & 0xff) == 0x7f);
    CHECK(event_status() == 7 << 8);
    end_debuggee(result);
    printf("holdings: ok\n");
    return 0;
}
