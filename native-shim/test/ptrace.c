/* The ptrace part of the shim on a real program: launch, stop, read, step, conditions, injected calls,
 * clones. */
#include "shim_ptrace.h"
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s (errno %d)\n", __FILE__, __LINE__, #condition, errno);                \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

#define LOOPS 100
#define WAIT 5000000

static uint8_t event[FP_EVENT_SIZE];
static int trace_memory;
/* Where the test's own code, run again as the debuggee, has what both sides need: at fixed offsets from
 * `place`. */
static volatile long place;

__attribute__((noinline)) void visit(long number) { place = number; }

static int debuggee(void) {
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

static int64_t launch(const char *program, const char *folder, const char *output, int32_t result[4]) {
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
    int32_t result[4];
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
    CHECK(got == 1 && event_word(16) == address + 1);
    struct user_regs_struct registers;
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0 && registers.rdi == 90);
    registers.rip = address;
    CHECK(fp_set_registers(pid, (uint8_t *)&registers) == 0);
    CHECK(fp_step_over(pid, trace_memory, (int64_t)address, original, event) == 1);
    CHECK(event_status() >> 8 == SIGTRAP && event_word(16) > address);
}

static uint64_t find_syscall(int32_t pid) {
    char name[64], line[512];
    unsigned long low, high, found = 0;
    uint8_t text[16384];
    snprintf(name, sizeof name, "/proc/%d/maps", pid);
    FILE *maps = fopen(name, "r");
    while (maps && fgets(line, sizeof line, maps))
        if (strstr(line, "[vdso]") && sscanf(line, "%lx-%lx", &low, &high) == 2) {
            int64_t size = fp_read_memory(trace_memory, (int64_t)low, text, (int32_t)(high - low));
            const uint8_t *at = memmem(text, (size_t)size, "\x0f\x05", 2);
            found = at ? low + (unsigned long)(at - text) : 0;
        }
    fclose(maps);
    CHECK(found != 0);
    return found;
}

/* An injected call gives its result and leaves no trace; a copy has the same memory and registers. */
static void test_injection(int32_t pid) {
    struct user_regs_struct before, after, copied;
    uint64_t site = find_syscall(pid), scratch;
    CHECK(fp_get_registers(pid, (uint8_t *)&before) == 0);
    scratch = before.rsp - 1024;
    uint64_t calls[16] = {SYS_getpid, 0, 0, 0, 0, 0, 0, 0, SYS_close, 9999};
    uint64_t area[2] = {scratch, 0};
    CHECK(fp_inject(pid, trace_memory, (int64_t)site, (uint8_t *)calls, 2, (uint8_t *)area) == 2);
    CHECK(calls[7] == (uint64_t)pid && (int64_t)calls[15] == -EBADF);
    uint8_t address[8], list[16], held[1];
    CHECK(fp_get_tid_address(pid, trace_memory, (int64_t)site, (int64_t)scratch, address) == 0);
    CHECK(fp_get_robust_list(pid, trace_memory, list, held) == 0 && held[0] == 0);
    int64_t copy = fp_clone(pid, trace_memory, (int64_t)site, (int64_t)scratch, CLONE_PARENT, 0, 0, 0);
    CHECK(copy > 0);
    CHECK(fp_get_registers(pid, (uint8_t *)&after) == 0);
    CHECK(fp_get_registers((int32_t)copy, (uint8_t *)&copied) == 0);
    CHECK(memcmp(&before, &after, sizeof before) == 0 && memcmp(&before, &copied, sizeof before) == 0);
    CHECK(fp_clone(pid, trace_memory, (int64_t)site, (int64_t)scratch, CLONE_PARENT, 0, 1, 0) < 0);
    CHECK(fp_get_registers(pid, (uint8_t *)&after) == 0 && memcmp(&before, &after, sizeof before) == 0);
    CHECK(fp_kill((int32_t)copy, 1) == 0);
    copy = fp_clone(pid, trace_memory, (int64_t)site, (int64_t)scratch, CLONE_PARENT, 0, 0, (int64_t)scratch);
    CHECK(copy > 0 && fp_get_robust_list((int32_t)copy, trace_memory, list, held) == 0);
    CHECK(memcmp(list, &scratch, sizeof scratch) == 0);
    CHECK(fp_get_registers((int32_t)copy, (uint8_t *)&copied) == 0);
    CHECK(memcmp(&before, &copied, sizeof before) == 0 && fp_kill((int32_t)copy, 1) == 0);
}

static void test_descriptors(int32_t pid) {
    uint8_t records[64 * 16];
    int64_t pidfd = fp_pidfd_open(pid);
    CHECK(pidfd >= 0);
    int64_t count = fp_list_descriptors(pid, 64, 64, records, 64);
    CHECK(count == 3);
    CHECK(fp_list_descriptors(pid, 64, 64, records, 1) == 3 &&
          fp_list_descriptors(pid, 64, 2, records, 64) == 2);
    CHECK(fp_set_offsets(pid, records, 3) <= 3);
    CHECK(fp_close((int32_t)pidfd) == 0 && fp_pidfd_open(-1) < 0);
}

/* The keeper has the memory of the killed process, and the word that the kernel clears as it was. */
static void test_sharing(int32_t pid) {
    struct user_regs_struct registers;
    uint32_t word = 0x600df00d, found = 0;
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0);
    int64_t place = (int64_t)registers.rsp - 512, site = (int64_t)find_syscall(pid);
    CHECK(fp_write_memory(trace_memory, place, (const uint8_t *)&word, 4) == 4);
    uint64_t call[8] = {SYS_set_tid_address, (uint64_t)place};
    uint64_t area[2] = {(uint64_t)place - 512, 0};
    CHECK(fp_inject(pid, trace_memory, site, (uint8_t *)call, 1, (uint8_t *)area) == 1);
    int64_t keeper = fp_clone(pid, trace_memory, site, place - 512, CLONE_PARENT | CLONE_VM, 0, 0, 0);
    CHECK(keeper > 0 && fp_kill_sharing(pid, (int32_t)keeper, place) == 0);
    int memory = (int)fp_open_memory((int32_t)keeper);
    CHECK(memory >= 0 && fp_read_memory(memory, place, (uint8_t *)&found, 4) == 4 && found == word);
    CHECK(fp_close(memory) == 0 && fp_kill((int32_t)keeper, 1) == 0);
}

static void test_program(const char *program) {
    int32_t result[4];
    uint8_t original, xstate[16384];
    int64_t pid64 = launch(program, "/", "", result);
    CHECK(pid64 > 0 && result[0] == pid64 && result[1] >= 0 && result[2] >= 0);
    int32_t pid = result[0];
    settle(pid);
    CHECK((trace_memory = (int)fp_open_memory(pid)) >= 0);
    uint64_t address = in_debuggee(pid, (const void *)(uintptr_t)visit);
    set_trap(address, &original);
    CHECK(fp_get_xstate(pid, xstate, sizeof xstate) >= 512);
    test_run_conditional(pid, address, original);
    uint64_t range[2] = {address, address + 4};
    CHECK(fp_step_range(pid, (uint8_t *)range, 1, (uint8_t *)range, 0, 1000, event) == 1);
    test_injection(pid);
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
    CHECK(wake >= 0 && pipe(ends) == 0 && fp_watch(ends[0]) == 0 && fp_arm_output() == 0);
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
