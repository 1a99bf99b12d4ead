/* The test's own program, run again under ptrace by the shim. */
#ifndef FORKPOINT_TEST_DEBUGGEE_H
#define FORKPOINT_TEST_DEBUGGEE_H

#include "check.h"
#include "shim.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Microseconds until an event that comes. */
#define WAIT 5000000

static uint8_t event[FP_EVENT_SIZE];
/* Its /proc/PID/mem. */
static int trace_memory;

static inline int32_t event_status(void) {
    int32_t status;
    memcpy(&status, event + 4, sizeof status);
    return status;
}

#define DESCRIPTORS 100 /* the soft limit that it gets */

/* One of fp_launch's strings, behind its four counts. */
static inline size_t add(uint8_t *spec, size_t at, const char *text) {
    memcpy(spec + at, text, strlen(text) + 1);
    return at + strlen(text) + 1;
}

static inline int64_t launch(const char *program, const char *folder, const char *output, int32_t result[5]) {
    uint8_t spec[4096];
    uint32_t counts[4] = {1, 2, 1, DESCRIPTORS};
    memcpy(spec, counts, sizeof counts);
    const char *texts[] = {program, folder,  "",         output,
                           "",      program, "debuggee", "ASAN_OPTIONS=detect_leaks=0"};
    size_t at = sizeof counts;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        at = add(spec, at, texts[i]);
    return fp_launch(spec, (uint8_t *)result);
}

/* Brings it from its exec stop into one in which registers can be set. */
static inline void settle(int32_t pid) {
    CHECK(fp_set_options(pid, 1) == 0 && fp_interrupt(pid) == 0 && fp_resume(pid, 0, 0) == 0);
    CHECK(fp_wait_thread(pid, WAIT, event) == 1);
}

/* Launches the running test with the argument `debuggee`, and stops it before its first instruction. */
static inline int32_t start_debuggee(int32_t result[5]) {
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    CHECK(length > 0);
    program[length] = 0;
    int64_t pid = launch(program, "/", "", result);
    CHECK(pid > 0 && result[0] == pid && result[1] >= 0 && result[2] >= 0);
    settle(result[0]);
    CHECK((trace_memory = (int)fp_open_memory(result[0])) >= 0);
    return result[0];
}

/* The debuggee has ended, and nothing of it is left to wait for. */
static inline void end_debuggee(const int32_t result[5]) {
    CHECK(fp_wait_any(0, event) == 0);
    fp_close(trace_memory);
    fp_close(result[1]);
    fp_close(result[2]);
}

/* struct fp_site: where calls may be made in the debuggee. */
struct site {
    int32_t memory;
    uint32_t size;
    uint64_t code, scratch;
};

static inline struct site find_site(int32_t pid) {
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

#endif
