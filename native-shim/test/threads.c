/* Threads of a real program in its copies. */
#include "check.h"
#include "debuggee.h"
#include "shim.h"
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OTHERS 3

/* XSAVE's area with nothing in use; MXCSR is loaded all the same. */
static _Alignas(64) uint32_t unused[2048] = {[6] = 0x1f80};

/*
 * Threads that wait, with names of their own. Of their extended state the first two differ in an SSE register
 * alone, the third in the upper half of one, too.
 */
static void *wait_for_ever(void *name) {
    const char *const text = name;
    const long mark = text[0];
    pthread_setname_np(pthread_self(), text);
    const int wide = text[0] == 't' && __builtin_cpu_supports("avx");
    __asm__ volatile("xrstor64 (%0)" : : "r"(unused), "a"(-1), "d"(0) : "memory");
    if (wide)
        __asm__ volatile("movq %0, %%xmm9\n\tvinsertf128 $1, %%xmm9, %%ymm9, %%ymm9" : : "r"(mark) : "xmm9");
    __asm__ volatile("movq %0, %%xmm8\n1:\tmov %1, %%eax\n\tsyscall\n\tjmp 1b"
                     :
                     : "r"(mark), "i"(SYS_pause)
                     : "rax", "rcx", "r11", "xmm8");
    return NULL;
}

static int debuggee(void) {
    static char names[OTHERS][8] = {"first", "second", "third"};
    pthread_t thread;
    for (int i = 0; i < OTHERS; i++)
        if (pthread_create(&thread, NULL, wait_for_ever, names[i]) != 0)
            return 1;
    usleep(50000);
    raise(SIGSTOP);
    return 0;
}

static struct {
    struct site site;
    int32_t spare, calls, data, capacity;
    uint8_t rest[FP_SURVEY_HEAD + 64 * FP_DESCRIPTOR_SIZE];
} survey;

static struct thread { uint8_t bytes[FP_THREAD_HEAD + 16384]; } threads[1 + OTHERS], copied[1 + OTHERS];

static int32_t id_of(const struct thread *thread, int offset) {
    int32_t id;
    memcpy(&id, thread->bytes + offset, sizeof id);
    return id;
}

static int compare_ids(const void *one, const void *other) { return id_of(one, 0) - id_of(other, 0); }

/* Runs until the first thread has stopped itself, then stops the others. */
static void gather(int32_t pid) {
    int count = 0;
    memcpy(threads[count++].bytes, &pid, sizeof pid);
    CHECK(fp_resume(pid, 0, 0) == 0);
    for (;;) {
        int32_t tid;
        CHECK(fp_wait_any(WAIT, event) == 1);
        memcpy(&tid, event, sizeof tid);
        if (tid == pid && event_status() >> 8 == SIGSTOP)
            break;
        if (tid != pid && count <= OTHERS)
            memcpy(threads[count++].bytes, &tid, sizeof tid);
        CHECK(fp_resume(tid, 0, 0) == 0);
    }
    CHECK(count == 1 + OTHERS);
    qsort(threads + 1, OTHERS, sizeof threads[0], compare_ids);
    for (int i = 1; i <= OTHERS; i++) {
        const int32_t tid = id_of(&threads[i], 0);
        CHECK(fp_interrupt(tid) == 0 && fp_wait_thread(tid, WAIT, event) == 1);
    }
}

static int64_t freeze_all(const struct site *site, int64_t flags) {
    memset(&survey, 0, sizeof survey);
    survey.site = *site;
    survey.capacity = 64;
    for (int i = 0; i <= OTHERS; i++)
        memcpy(threads[i].bytes + 344, threads[i].bytes, sizeof(int32_t));
    return fp_freeze((uint8_t *)&survey, threads[0].bytes, 1 + OTHERS, sizeof threads[0], flags);
}

static void check_thread(struct thread *thread, const char *name) {
    char path[64], now[16] = "";
    struct user_regs_struct registers;
    uint8_t xstate[16384], *saved = thread->bytes + FP_THREAD_HEAD;
    const int32_t tid = id_of(thread, 4);
    int64_t size = fp_get_xstate(tid, xstate, sizeof xstate);
    /* Whether the kernel takes the x87 and SSE registers for used (XSTATE_BV) is its own affair. */
    xstate[512] |= 3;
    saved[512] |= 3;
    CHECK(tid != id_of(thread, 0) && size == id_of(thread, 336) && memcmp(xstate, saved, (size_t)size) == 0);
    CHECK(fp_get_registers(tid, (uint8_t *)&registers) == 0);
    CHECK(memcmp(thread->bytes + 8, &registers, offsetof(struct user_regs_struct, ds)) == 0);
    snprintf(path, sizeof path, "/proc/%d/comm", tid);
    FILE *file = fopen(path, "r");
    CHECK(file != NULL && fgets(now, sizeof now, file) != NULL && fclose(file) == 0);
    now[strcspn(now, "\n")] = 0;
    CHECK(strcmp(now, (const char *)thread->bytes + 272) == 0 && (name == NULL || strcmp(now, name) == 0));
}

/* Threads come back with other ids where theirs are taken or not permitted, twice from the same copy. */
static void test_threads(void) {
    static const char *const names[] = {NULL, "first", "second", "third"};
    int32_t result[5], refused;
    const int32_t pid = start_debuggee(result);
    gather(pid);
    struct site site = find_site(pid), fresh;
    int64_t copy = freeze_all(&site, CLONE_PARENT);
    CHECK(copy > 0);
    for (int round = 0; round < 2; round++) {
        memcpy(copied, threads, sizeof copied);
        memset(copied[0].bytes + 288, 0, 16);
        fresh = site;
        int64_t live = fp_thaw((int32_t)copy, (uint8_t *)&fresh, pid, copied[0].bytes, 1 + OTHERS,
                               sizeof copied[0], 1, survey.rest, 0, (uint8_t *)&refused);
        CHECK(live > 0 && refused == (geteuid() == 0 ? -EEXIST : -EPERM));
        for (int i = 0; i <= OTHERS; i++)
            check_thread(&copied[i], names[i]);
        CHECK(fp_kill((int32_t)live, 0) == 0);
        for (int i = OTHERS; i >= 0; i--)
            do
                CHECK(fp_wait_thread(id_of(&copied[i], 4), WAIT, event) == 1);
            while ((event_status() & 0xff) == 0x7f && fp_resume(id_of(&copied[i], 4), 0, 0) == 0);
        CHECK(fp_close(fresh.memory) == 0);
    }
    CHECK(fp_kill((int32_t)copy, 1) == 0);
    int64_t keeper = freeze_all(&site, CLONE_PARENT | CLONE_VM);
    CHECK(keeper > 0 && fp_kill_sharing(pid, (int32_t)fp_open_memory(pid), (int32_t)keeper, threads[0].bytes,
                                        1 + OTHERS, sizeof threads[0]) == 0);
    CHECK(fp_kill((int32_t)keeper, 1) == 0);
    end_debuggee(result);
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "debuggee") == 0)
        return debuggee();
    test_threads();
    puts("threads: ok");
    return 0;
}
