/* The ptrace part of the shim on a real program: launch, read, step, conditions, the waiting threads. */
#include "check.h"
#include "debuggee.h"
#include "shim.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPS 100

/* Where the test's own code, run again as the debuggee, has what both sides need: at fixed offsets from
 * `place`. */
static volatile long place;

__attribute__((noinline)) void visit(long number) { place = number; }

static int debuggee(void) {
    for (long number = 0; number < LOOPS; number++)
        visit(number);
    return 7;
}

static uint64_t event_rip(void) {
    uint64_t rip;
    memcpy(&rip, event + FP_EVENT_REGISTERS + offsetof(struct user_regs_struct, rip), sizeof rip);
    return rip;
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
    CHECK(got == 1 && event_rip() == address + 1);
    struct user_regs_struct registers;
    CHECK(fp_get_registers(pid, (uint8_t *)&registers) == 0 && registers.rdi == 90);
    registers.rip = address;
    CHECK(fp_set_registers(pid, (uint8_t *)&registers) == 0);
    CHECK(fp_step_over(pid, trace_memory, (int64_t)address, original, event) == 1);
    CHECK(event_status() >> 8 == SIGTRAP && event_rip() > address && event_rip() < address + 16);
}

static void test_program(void) {
    int32_t result[5];
    uint8_t original, xstate[16384];
    int32_t pid = start_debuggee(result);
    struct rlimit files;
    CHECK(prlimit(pid, RLIMIT_NOFILE, NULL, &files) == 0 && files.rlim_cur == DESCRIPTORS);
    uint64_t address = in_debuggee(pid, (const void *)(uintptr_t)visit);
    set_trap(address, &original);
    CHECK(fp_get_xstate(pid, xstate, sizeof xstate) >= 512);
    test_run_conditional(pid, address, original);
    uint64_t range[2] = {address, address + 4};
    CHECK(fp_step_range(pid, (uint8_t *)range, 1, (uint8_t *)range, 0, 1000, event) == 1);
    CHECK(fp_kill(pid, 1) == 0);
    end_debuggee(result);
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
    if (count > 1 && strcmp(arguments[1], "debuggee") == 0)
        return debuggee();
    test_conditions();
    test_failures();
    test_program();
    test_waiter();
    puts("ptrace: ok");
    return 0;
}
