/* Calls made in a real program that stands still, and copies of it. */
#include "check.h"
#include "debuggee.h"
#include "shim.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int debuggee(void) {
    signal(SIGTRAP, SIG_IGN);
    raise(SIGSTOP);
    signal(SIGTRAP, SIG_DFL);
    raise(SIGSTOP);
    return 7;
}

/* Lets the debuggee run until it stops itself. */
static void run_to_stop(int32_t pid) {
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(event_status() >> 8 == SIGSTOP);
}

static int same_registers(int32_t tid, const struct user_regs_struct *before) {
    struct user_regs_struct after;
    CHECK(fp_get_registers(tid, (uint8_t *)&after) == 0);
    return memcmp(before, &after, sizeof after) == 0;
}

/* The kernel resets an ignored SIGTRAP at a trap: afterwards it is ignored again. */
static void test_ignored_trap(int32_t pid) {
    struct user_regs_struct before;
    struct site site = find_site(pid);
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    for (int round = 0; round < 3; round++) {
        uint64_t found[4] = {0};
        uint64_t get[8] = {SYS_rt_sigaction, SIGTRAP, 0, site.scratch + 32, 8};
        CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)get, 1, (uint8_t *)found, sizeof found) == 0);
        CHECK(found[0] == 1 && same_registers(pid, &before));
    }
}

/* A call gives its result and leaves no trace, neither in registers nor in memory. */
static void test_calls(int32_t pid) {
    struct user_regs_struct before;
    struct site site = find_site(pid);
    uint8_t code[FP_AGENT_SIZE], code_after[FP_AGENT_SIZE], memory[4096], memory_after[4096], data[64] = {0};
    uint64_t calls[24] = {SYS_getpid, 0, 0, 0, 0, 0, 0, 0,          SYS_close,
                          9999,       0, 0, 0, 0, 0, 0, SYS_getcwd, site.scratch + 32,
                          sizeof data};
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    CHECK(fp_read_memory(trace_memory, (int64_t)site.code, code, sizeof code) == sizeof code);
    CHECK(fp_read_memory(trace_memory, (int64_t)site.scratch, memory, sizeof memory) == sizeof memory);
    CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)calls, 3, data, sizeof data) == 0);
    CHECK(calls[7] == (uint64_t)pid && (int64_t)calls[15] == -EBADF && calls[23] == 2 &&
          !strcmp((char *)data, "/"));
    CHECK(same_registers(pid, &before));
    CHECK(fp_read_memory(trace_memory, (int64_t)site.code, code_after, sizeof code) == sizeof code);
    CHECK(fp_read_memory(trace_memory, (int64_t)site.scratch, memory_after, sizeof memory) == sizeof memory);
    CHECK(memcmp(code, code_after, sizeof code) == 0 && memcmp(memory, memory_after, sizeof memory) == 0);
    site.size = 64;
    CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)calls, 3, data, sizeof data) == -E2BIG);
    site.size = 4096;
    site.scratch = 4096;
    CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)calls, 3, data, sizeof data) == -EFAULT);
}

static uint8_t record[FP_THREAD_HEAD + 16384];
static struct {
    struct site site;
    int32_t spare, calls, data, capacity, open, found, timers_capacity, timers_size, ranges, result;
    uint64_t missing, locked;
    uint32_t shared, wiped;
    int32_t patches, locks_size, has_dispatch, formats, status_flags, thread_flags, has_answers, process_id,
        refused, holdings, needed, reserved;
    uint64_t call[8];
    uint8_t descriptors[64 * FP_DESCRIPTOR_SIZE];
    uint64_t patched;
    uint8_t patch[8];
} survey;
_Static_assert(offsetof(__typeof__(survey), call) == FP_SURVEY_HEAD, "the layout that shim_copies.h states");

/* Where the copy has another byte: so far below the scratch memory. */
#define PATCHED 768

static int64_t freeze(int32_t pid, const struct site *site, int64_t flags) {
    memset(&survey, 0xff, sizeof survey);
    survey.site = *site;
    survey.spare = 1;
    survey.calls = 1;
    survey.call[0] = SYS_getppid;
    survey.capacity = 64;
    survey.data = survey.timers_capacity = survey.ranges = survey.locks_size = 0;
    survey.process_id = pid;
    survey.refused = survey.needed = 0;
    survey.patches = 1;
    survey.patched = site->scratch - PATCHED;
    survey.patch[0] = 0xcc;
    memcpy(record, &pid, sizeof pid);
    int64_t copy = fp_freeze((uint8_t *)&survey, record, 1, sizeof record, flags);
    CHECK(copy < 0 || survey.call[7] == (uint64_t)getpid());
    CHECK(copy < 0 || (survey.result == 0 && survey.missing == 0 && survey.wiped == 0));
    CHECK(survey.timers_size == 0);
    CHECK(copy < 0 || (survey.formats != 0 && survey.has_answers == 0 && survey.thread_flags == 0));
    return copy;
}

static uint8_t patched(const struct site *site, int32_t pid) {
    uint8_t byte = 0;
    int memory = (int)fp_open_memory(pid);
    CHECK(memory >= 0 && fp_read_memory(memory, (int64_t)site->scratch - PATCHED, &byte, 1) == 1);
    CHECK(fp_close(memory) == 0);
    return byte;
}

/* A copy has the same memory and registers, and so has a copy of the copy. */
static void test_copies(int32_t pid) {
    struct user_regs_struct before;
    struct site site = find_site(pid), fresh;
    int32_t refused, new_tid;
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    /* No use without a process that is no tracee. */
    survey.needed = getpid();
    CHECK(fp_freeze((uint8_t *)&survey, record, 1, sizeof record, CLONE_PARENT) == -ECHILD);
    int64_t copy = freeze(pid, &site, CLONE_PARENT);
    CHECK(copy > 0 && survey.open == 3 && survey.found == 3 && same_registers(pid, &before) &&
          same_registers((int32_t)copy, &before));
    CHECK(memcmp(record + 8, &before, sizeof before) == 0);
    CHECK(patched(&site, (int32_t)copy) == 0xcc && patched(&site, pid) != 0xcc);
    fresh = site;
    memset(record + 288, 0, 16); /* its rseq registration is cloned */
    memcpy(record + 272, "renamed", 8);
    /* The id is taken, or not an ordinary user's to choose, so it gets another. */
    int64_t live = fp_thaw((int32_t)copy, (uint8_t *)&fresh, pid, record, 1, sizeof record, 1,
                           survey.descriptors, 3, (uint8_t *)&refused);
    memcpy(&new_tid, record + 4, sizeof new_tid);
    CHECK(live > 0 && live != pid && new_tid == live && refused == (geteuid() == 0 ? -EEXIST : -EPERM));
    CHECK(fresh.memory >= 0 && same_registers(new_tid, &before));
    int64_t again = freeze((int32_t)live, &fresh, CLONE_PARENT);
    CHECK(again > 0 && strcmp((char *)record + 272, "renamed") == 0);
    CHECK(fp_kill((int32_t)again, 1) == 0 && fp_kill((int32_t)live, 1) == 0 &&
          fp_kill((int32_t)copy, 1) == 0);
    CHECK(fp_close(fresh.memory) == 0);
    CHECK(fp_thaw((int32_t)copy, (uint8_t *)&fresh, pid, record, 1, sizeof record, 1, survey.descriptors, 0,
                  (uint8_t *)&refused) < 0);
    site.scratch = 4096;
    CHECK(freeze(pid, &site, CLONE_PARENT) == -EFAULT && same_registers(pid, &before));
}

static void test_descriptors(int32_t pid) {
    uint8_t records[64 * FP_DESCRIPTOR_SIZE];
    struct site site = find_site(pid);
    struct user_regs_struct before;
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    int64_t pidfd = fp_pidfd_open(pid);
    CHECK(pidfd >= 0);
    CHECK(fp_list_descriptors(pid, (uint8_t *)&site, 0, 64, records, 64) == 3);
    CHECK(fp_list_descriptors(pid, (uint8_t *)&site, 1, 64, records, 64) == 2);
    CHECK(fp_list_descriptors(pid, (uint8_t *)&site, 0, 64, records, 2) == 2);
    CHECK(fp_list_descriptors(pid, (uint8_t *)&site, 0, 1, records, 64) == 1);
    CHECK(fp_set_offsets(pid, (uint8_t *)&site, records, 1) == 0 && same_registers(pid, &before));
    CHECK(fp_close((int32_t)pidfd) == 0 && fp_pidfd_open(-1) < 0);
}

/* The keeper has the memory of the killed process, and the word that the kernel clears as it was. */
static void test_sharing(int32_t pid) {
    struct site site = find_site(pid);
    uint32_t word = 0x600df00d, after = 0;
    int64_t place = (int64_t)site.scratch - 512;
    CHECK(fp_write_memory(trace_memory, place, (const uint8_t *)&word, 4) == 4);
    uint64_t call[8] = {SYS_set_tid_address, (uint64_t)place};
    CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)call, 1, event, 0) == 0);
    int64_t keeper = freeze(pid, &site, CLONE_PARENT | CLONE_VM);
    const int32_t own = (int32_t)fp_open_memory(pid);
    CHECK(keeper > 0 && fp_kill_sharing(pid, own, (int32_t)keeper, record, 1, sizeof record) == 0);
    CHECK(fcntl(own, F_GETFD) == -1 && patched(&site, (int32_t)keeper) == 0xcc);
    int memory = (int)fp_open_memory((int32_t)keeper);
    CHECK(memory >= 0 && fp_read_memory(memory, place, (uint8_t *)&after, 4) == 4 && after == word);
    CHECK(fp_close(memory) == 0 && fp_kill((int32_t)keeper, 1) == 0);
}

static void test_program(void) {
    int32_t result[5];
    int32_t pid = start_debuggee(result);
    run_to_stop(pid);
    test_ignored_trap(pid);
    run_to_stop(pid);
    /* Out of the system call in which it stopped itself. */
    CHECK(fp_resume(pid, 1, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(event_status() >> 8 == SIGTRAP);
    test_calls(pid);
    test_copies(pid);
    test_descriptors(pid);
    test_sharing(pid);
    end_debuggee(result);
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "debuggee") == 0)
        return debuggee();
    test_program();
    puts("copies: ok");
    return 0;
}
