/* The ptrace part of the shim on a real program: launch, stop, read, step, conditions, injected calls,
 * clones. */
#include "check.h"
#include "shim_ptrace.h"
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPS 100
#define WAIT 5000000

static uint8_t event[FP_EVENT_SIZE];
static int trace_memory;
/* Where the test's own code, run again as the debuggee, has what both sides need: at fixed offsets from
 * `place`. */
static volatile long place;

__attribute__((noinline)) void visit(long number) { place = number; }

static int debuggee(void) {
    signal(SIGTRAP, SIG_IGN);
    raise(SIGSTOP);
    signal(SIGTRAP, SIG_DFL);
    for (long number = 0; number < LOOPS; number++)
        visit(number);
    return 7;
}

static int32_t event_status(void) {
    int32_t status;
    memcpy(&status, event + 4, sizeof status);
    return status;
}

static uint64_t event_word(int offset) {
    uint64_t word;
    memcpy(&word, event + offset, sizeof word);
    return word;
}

/* An option of fp_launch's strings behind its three counts. */
static size_t add(uint8_t *spec, size_t at, const char *text) {
    memcpy(spec + at, text, strlen(text) + 1);
    return at + strlen(text) + 1;
}

static int64_t launch(const char *program, const char *folder, const char *output, int32_t result[5]) {
    uint8_t spec[4096];
    uint32_t counts[3] = {1, 2, 1};
    memcpy(spec, counts, sizeof counts);
    const char *texts[] = {program, folder,  "",         output,
                           "",      program, "debuggee", "ASAN_OPTIONS=detect_leaks=0"};
    size_t at = sizeof counts;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        at = add(spec, at, texts[i]);
    return fp_launch(spec, (uint8_t *)result);
}

static void test_failures(void) {
    int32_t result[5];
    CHECK(launch("/nonexistent", "/", "", result) == -ENOENT && result[3] == 8);
    CHECK(launch("/bin/true", "/nonexistent", "", result) == -ENOENT && result[3] == 4);
    CHECK(launch("/bin/true", "/", "/nonexistent/file", result) == -ENOENT && result[3] == 6);
    CHECK(fp_resume(1, 7, 0) == -EINVAL);
    CHECK(fp_kill(1, 1) == -EINVAL);
    CHECK(fp_wait_any(0, event) == 0);
}

/* The debuggee's load bias is ours without randomisation: read it from its own maps. */
static uint64_t in_debuggee(int32_t pid, const void *own) {
    unsigned long low = 0, own_low = 0;
    char name[64], line[512];
    snprintf(name, sizeof name, "/proc/%d/maps", pid);
    FILE *maps = fopen(name, "r");
    CHECK(maps && fgets(line, sizeof line, maps) && sscanf(line, "%lx", &low) == 1);
    fclose(maps);
    maps = fopen("/proc/self/maps", "r");
    CHECK(maps != NULL);
    /* A program's first mapping is its own file's, unless a sanitizer has put something below. */
    while (own_low == 0 && fgets(line, sizeof line, maps))
        if (strstr(line, "test/ptrace"))
            sscanf(line, "%lx", &own_low);
    fclose(maps);
    return (uint64_t)own - own_low + low;
}

static void test_conditions(void) {
    struct user_regs_struct registers = {.rdi = 41, .rax = (unsigned long long)-3};
    /* rdi + 1 == 42 */
    uint8_t sum[64] = {1, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 42, 0, 0, 0, 0, 0, 0, 0, 4 + 13};
    CHECK(fp_condition(sum, 22, &registers, -1) == 1);
    registers.rdi = 40;
    CHECK(fp_condition(sum, 22, &registers, -1) == 0);
    /* rax < 0, signed and unsigned */
    uint8_t less[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 + 14};
    CHECK(fp_condition(less, sizeof less, &registers, -1) == 1);
    less[11] = 4 + 15;
    CHECK(fp_condition(less, sizeof less, &registers, -1) == 0);
    /* Division by zero, an empty stack, cut operands, an unknown register, an unknown operation: it cannot
     * tell. */
    uint8_t divide[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4 + 3};
    CHECK(fp_condition(divide, sizeof divide, &registers, -1) == -1);
    const uint8_t bad[][2] = {{4, 0}, {24, 0}, {0, 1}, {1, 99}, {200, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(fp_condition(bad[i], 2, &registers, -1) == -1);
    CHECK(fp_condition(sum, 0, &registers, -1) == -1);
    uint8_t full[65 * 2];
    for (size_t i = 0; i < sizeof full; i += 2)
        full[i] = 1, full[i + 1] = 0;
    CHECK(fp_condition(full, sizeof full, &registers, -1) == -1);
}

static void settle(int32_t pid) {
    CHECK(fp_set_options(pid, 1) == 0 && fp_interrupt(pid) == 0 && fp_resume(pid, 0, 0) == 0);
    CHECK(fp_wait_thread(pid, WAIT, event) == 1);
}

static void set_trap(uint64_t address, uint8_t *original) {
    uint8_t patch[16] = {0};
    CHECK(fp_read_memory(trace_memory, (int64_t)address, original, 1) == 1);
    memcpy(patch, &address, sizeof address);
    patch[8] = 0xCC;
    CHECK(fp_patch_memory(trace_memory, patch, 1) == 1);
}

/* A false condition a hundred times but for number 90. */
static void test_run_conditional(int32_t pid, uint64_t address, uint8_t original) {
    uint8_t code[] = {1, 5, 0, 90, 0, 0, 0, 0, 0, 0, 0, 4 + 13};
    struct {
        uint64_t address;
        uint32_t original, offset, length, padding;
    } site = {address, original, 0, sizeof code, 0};
    int64_t got = fp_run_conditional(pid, trace_memory, 0, (uint8_t *)&site, 1, code, 50, WAIT, event);
    CHECK(got == 2);
    got = fp_run_conditional(pid, trace_memory, 2, (uint8_t *)&site, 1, code, 50, WAIT, event);
    CHECK(got == 1 && event_word(FP_EVENT_REGISTERS + offsetof(struct user_regs_struct, rip)) == address + 1);
    struct user_regs_struct registers;
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0 && registers.rdi == 90);
    registers.rip = address;
    CHECK(fp_set_registers(pid, (uint8_t *)&registers) == 0);
    CHECK(fp_step_over(pid, trace_memory, (int64_t)address, original, event) == 1);
    CHECK(event_status() >> 8 == SIGTRAP && event_word(16) > address);
}

/* struct fp_site: where calls may be made in the debuggee. */
struct site {
    int32_t memory;
    uint32_t size;
    uint64_t code, scratch;
};

static struct site find_site(int32_t pid) {
    struct site site = {trace_memory, 16384, 0, 0};
    struct user_regs_struct registers;
    char name[64], line[512];
    snprintf(name, sizeof name, "/proc/%d/maps", pid);
    FILE *maps = fopen(name, "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, "[vdso]"))
            sscanf(line, "%lx", &site.code);
    fclose(maps);
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0 && site.code != 0);
    site.scratch = (registers.rsp - 1024 - site.size) & ~63ULL;
    return site;
}

static int same_registers(int32_t tid, const struct user_regs_struct *before) {
    struct user_regs_struct after;
    CHECK(fp_get_registers(tid, (uint8_t *)&after) == 0);
    return memcmp(before, &after, sizeof after) == 0;
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

/* The kernel resets an ignored SIGTRAP at a trap: afterwards it is ignored again. */
static void test_ignored_trap(int32_t pid) {
    struct user_regs_struct before;
    CHECK(fp_resume(pid, 0, 0) == 0 && fp_wait_thread(pid, WAIT, event) == 1);
    CHECK(event_status() >> 8 == SIGSTOP);
    struct site site = find_site(pid);
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    for (int round = 0; round < 3; round++) {
        uint64_t found[4] = {0};
        uint64_t get[8] = {SYS_rt_sigaction, SIGTRAP, 0, site.scratch + 32, 8};
        CHECK(fp_remote_calls(pid, (uint8_t *)&site, (uint8_t *)get, 1, (uint8_t *)found, sizeof found) == 0);
        CHECK(found[0] == 1 && same_registers(pid, &before));
    }
}

static uint8_t record[FP_THREAD_HEAD + 16384];
static struct {
    struct site site;
    int32_t spare, calls, data, capacity, open, found, timers_capacity, timers_size, ranges, result;
    uint64_t missing, locked;
    uint32_t shared, wiped;
    int32_t patches, locks_size;
    uint64_t call[8];
    uint8_t descriptors[64 * FP_DESCRIPTOR_SIZE];
    uint64_t patched;
    uint8_t patch[8];
} survey;
_Static_assert(offsetof(__typeof__(survey), call) == FP_SURVEY_HEAD, "the layout that shim_ptrace.h states");

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
    survey.patches = (flags & CLONE_VM) == 0;
    survey.patched = site->scratch - PATCHED;
    survey.patch[0] = 0xcc;
    memcpy(record, &pid, sizeof pid);
    int64_t copy = fp_freeze((uint8_t *)&survey, record, 1, sizeof record, flags);
    CHECK(copy < 0 || survey.call[7] == (uint64_t)getpid());
    CHECK(copy < 0 || (survey.result == 0 && survey.missing == 0 && survey.wiped == 0));
    CHECK(survey.timers_size == 0);
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
    int64_t copy = freeze(pid, &site, CLONE_PARENT);
    CHECK(copy > 0 && survey.open == 3 && survey.found == 3 && same_registers(pid, &before) &&
          same_registers((int32_t)copy, &before));
    CHECK(memcmp(record + 8, &before, sizeof before) == 0);
    CHECK(patched(&site, (int32_t)copy) == 0xcc && patched(&site, pid) != 0xcc);
    fresh = site;
    memset(record + 288, 0, 16); /* its rseq registration is cloned */
    memcpy(record + 272, "renamed", 8);
    /* The id is taken, so it gets another. */
    int64_t live = fp_thaw((int32_t)copy, (uint8_t *)&fresh, pid, record, 1, sizeof record, 1,
                           survey.descriptors, 3, (uint8_t *)&refused);
    memcpy(&new_tid, record + 4, sizeof new_tid);
    CHECK(live > 0 && live != pid && new_tid == live && refused == -EEXIST);
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
    CHECK(keeper > 0 && fp_kill_sharing(pid, (int32_t)keeper, record, 1, sizeof record) == 0);
    int memory = (int)fp_open_memory((int32_t)keeper);
    CHECK(memory >= 0 && fp_read_memory(memory, place, (uint8_t *)&after, 4) == 4 && after == word);
    CHECK(fp_close(memory) == 0 && fp_kill((int32_t)keeper, 1) == 0);
}

static void test_program(const char *program) {
    int32_t result[5];
    uint8_t original, xstate[16384];
    int64_t pid64 = launch(program, "/", "", result);
    CHECK(pid64 > 0 && result[0] == pid64 && result[1] >= 0 && result[2] >= 0);
    int32_t pid = result[0];
    settle(pid);
    CHECK((trace_memory = (int)fp_open_memory(pid)) >= 0);
    uint64_t address = in_debuggee(pid, (const void *)(uintptr_t)visit);
    test_ignored_trap(pid);
    set_trap(address, &original);
    CHECK(fp_get_xstate(pid, xstate, sizeof xstate) >= 512);
    test_run_conditional(pid, address, original);
    uint64_t range[2] = {address, address + 4};
    CHECK(fp_step_range(pid, (uint8_t *)range, 1, (uint8_t *)range, 0, 1000, event) == 1);
    test_calls(pid);
    test_copies(pid);
    test_descriptors(pid);
    test_sharing(pid);
    CHECK(fp_wait_any(0, event) == 0);
    fp_close(trace_memory);
    fp_close(result[1]);
    fp_close(result[2]);
}

static void test_waiter(void) {
    int ends[2];
    char byte = 0;
    int64_t wake = fp_start_waiter();
    CHECK(wake >= 0 && pipe(ends) == 0 && fp_watch(ends[0], 0) == 0 && fp_arm_output() == 0);
    CHECK(write(ends[1], "x", 1) == 1);
    struct pollfd poller = {.fd = (int)wake, .events = POLLIN};
    CHECK(poll(&poller, 1, 5000) == 1 && read((int)wake, &byte, 1) == 1 && byte == 'o');
    CHECK(fp_read_available(ends[0], event, 16) == 1 && fp_unwatch(ends[0]) == 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    CHECK(fp_arm_waiter() == 0 && poll(&poller, 1, 5000) == 1 && read((int)wake, &byte, 1) == 1 &&
          byte == 'w');
    CHECK(waitpid(child, NULL, 0) == child);
}

int main(int count, char **arguments) {
    char program[4096];
    if (count > 1 && strcmp(arguments[1], "debuggee") == 0)
        return debuggee();
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    CHECK(length > 0);
    program[length] = 0;
    test_conditions();
    test_failures();
    test_program(program);
    test_waiter();
    puts("ptrace: ok");
    return 0;
}
