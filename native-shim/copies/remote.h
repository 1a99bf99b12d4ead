/* Running the agent (agent_x64.S) in stopped threads. Shared inside the shim. */
#ifndef FORKPOINT_REMOTE_H
#define FORKPOINT_REMOTE_H

#include "shim.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* Bytes of the debuggee's memory that a run keeps for itself, before its payload: a struct sigaction. */
#define FP_AREA_HEAD 32

/* SIG_IGN, as a number. */
#define FP_IGNORED 1

/* What the agent does beside system calls (agent_x64.S). */
enum { FP_DO_SAVE = 0x10000, FP_DO_RESTORE, FP_DO_LIST, FP_DO_SEEK };

extern const uint8_t fp_agent_begin[], fp_agent_calls[], fp_agent_births[], fp_agent_save[], fp_agent_end[];

/* What the agent saves and restores of a thread. */
struct fp_slot {
    stack_t stack; /* ss_flags -1: it is there already, and not to be set */
    uint64_t robust_list;
    uint64_t tid_address;
    char name[16]; /* the last byte is 0; else it is not to be set */
    uint64_t rseq;
    uint32_t rseq_size, rseq_signature;
    uint64_t former_rseq; /* to be unregistered first; 0: none */
    uint32_t former_rseq_size, former_rseq_signature;
    uint64_t timer_slack; /* nanoseconds; 0: not to be set */
    int32_t death_signal; /* PR_SET_PDEATHSIG; 0: none, as a newborn thread or process has it */
    int32_t no_new_privs;
};

/* What a thread has of the payload while several run the agent at the same time. */
struct fp_run {
    struct fp_slot slot;
    uint64_t handler; /* the program's of SIGTRAP */
    int64_t result;   /* the first error or 0; FP_RUNNING until the agent is at its end */
    uint64_t pending; /* what waits for the thread or its process (sigpending(2)) */
    uint64_t length;  /* of the head of its robust list */
};

#define FP_RUNNING 1

/* Where calls are injected in a process image; the same in every copy of it (shim_copies.h). */
struct fp_site {
    int32_t memory;
    uint32_t size;
    uint64_t code;
    uint64_t scratch;
};

/* The agent's code and a payload, in the debuggee's memory for the time between open and close. */
struct fp_area {
    struct fp_site site;
    uint8_t *before; /* the code, the head and the payload as they were */
    size_t size;     /* head and payload */
};

#define FP_BORN 64

/* Threads that run the agent at once: what the scratch memory holds of them. */
#define FP_THREADS_AT_ONCE 64

/* struct ptrace_sud_config (linux/ptrace.h). */
struct fp_dispatch {
    uint64_t mode, selector, offset, length;
};

/* Turns the dispatch of system calls of a stopped thread off for a while, and on again where it was on; the
 * second also in a copy of the thread, which has none. */
void fp_dispatch_suspend(pid_t tid, struct fp_dispatch *dispatch);
int fp_dispatch_resume(pid_t tid, const struct fp_dispatch *dispatch);
/* Whether a thread has had it on since that was last asked. */
int fp_dispatch_met(void);

/* A stopped thread that runs the agent, and what it was before. */
struct fp_remote {
    pid_t tid;
    struct user_regs_struct saved;
    uint64_t mask;
    struct fp_pin pin;
    const struct fp_area *area;
    struct __ptrace_rseq_configuration rseq;
    struct fp_dispatch dispatch; /* suspended */
    int filtered;                /* a filter of its own (seccomp(2)) is suspended */
    int stopped_meanwhile;       /* SIGSTOP, which cannot be blocked, came and must come again */
    int trapped_meanwhile;       /* so did a SIGTRAP that was not ours, with this information */
    siginfo_t trap;
    int faulted_meanwhile; /* so did a fault's signal of before, although it is blocked */
    siginfo_t fault;
    uint64_t trap_handler; /* the program's handler of SIGTRAP */
    /* What it cloned, in order, when its option to tell of that is set: the ids that the tracer knows. */
    pid_t born[FP_BORN];
    int32_t born_count;
};

/* Where the payload is in the debuggee. */
/* Of the agent. */
static inline size_t fp_code_size(void) { return (size_t)(fp_agent_end - fp_agent_begin); }

static inline uint64_t fp_payload(const struct fp_area *area) { return area->site.scratch + FP_AREA_HEAD; }

/* How many threads can have `size` bytes of the payload each; at least 1. */
static inline int32_t fp_fit(const uint8_t *site, size_t size) {
    struct fp_site place;
    memcpy(&place, site, sizeof place);
    const size_t fit = place.size > FP_AREA_HEAD ? (place.size - FP_AREA_HEAD) / size : 1;
    return fit > FP_THREADS_AT_ONCE ? FP_THREADS_AT_ONCE : fit > 0 ? (int32_t)fit : 1;
}

/* Puts the agent and `size` bytes of payload in. Gives 0, -EFAULT, or -E2BIG when the scratch memory is too
 * small. */
int fp_area_open(struct fp_area *area, const uint8_t *site, const void *payload, size_t size);
/* Reads or writes the payload. */
int fp_area_read(const struct fp_area *area, void *bytes, size_t size);
int fp_area_write(const struct fp_area *area, const void *bytes, size_t size);
/* Puts back what was there in a copy of the memory. */
int fp_area_put_back(const struct fp_area *area, int memory);
/* Puts back what was there, and frees. */
int fp_area_close(struct fp_area *area);

/*
 * Makes stopped threads ready, `count` of them, which have their ids. After 0 or an error, end those of them
 * that have an area.
 */
int fp_remotes_begin(struct fp_remote *remotes, int32_t count, const struct fp_area *area);
/*
 * Makes a stopped thread ready. After 0, end it with fp_remote_end. alone: it is kept on this core, since it
 * takes turns with the tracer.
 */
int fp_remote_begin(struct fp_remote *remote, pid_t tid, const struct fp_area *area, int alone);
/* Sets it going at an entry of the agent; `registers`: what the entry takes, else 0. */
int fp_remote_start(struct fp_remote *remote, const uint8_t *entry, const struct user_regs_struct *registers);
/*
 * Waits for the agent's end and gives the registers there. -ESRCH: the thread died; -EPERM, -EFAULT: it was
 * stopped by a fault.
 */
int fp_remote_wait(struct fp_remote *remote, struct user_regs_struct *registers);
/* The same for a stop of the thread that has been waited for, and may not be the agent's end. */
int fp_remote_take(struct fp_remote *remote, int status, struct user_regs_struct *registers);
/* The thread is as it was, in a stop from which the kernel restarts a system call of its own. */
int fp_remote_end(struct fp_remote *remote);
/* together.c: waits for the agent's end in threads (id 0: none) that each have a struct fp_run at `place`,
 * one behind the other; gives these and the first error. */
int fp_remotes_wait(struct fp_remote *remotes, int32_t count, const struct fp_area *area, uint64_t place,
                    struct fp_run *runs);
/* rseq.c: threads inside a restartable sequence are to go on at its abort handler: the kernel sees to that on
 * its way out, but it would look where the agent is. */
void fp_leave_rseq(struct fp_remote *remotes, int32_t count);
/* The same registers, signal mask and cores for a clone of it. */
int fp_remote_put_back(const struct fp_remote *remote, pid_t tid);
/* begin, start, wait and end. */
int fp_remote_run_noting(struct fp_remote *remote, pid_t tid, const struct fp_area *area,
                         const uint8_t *entry, struct user_regs_struct *registers);
int fp_remote_run(pid_t tid, const struct fp_area *area, const uint8_t *entry,
                  struct user_regs_struct *registers);
/* Has SIGTRAP ignored again where a trap has reset that: in the shared handlers of all threads. */
int fp_remote_ignore_trap(struct fp_remote *remote);
/* meanwhile.c, too. Has the SIGTRAP that a run took sent again, with the data that it came with. To the
 * process: one that waits for the thread alone would swallow the traps of the debugger's own. */
int fp_remote_trap_again(struct fp_remote *remote);
/* Has a fault's signal wait for the thread again. Only the thread itself may send one that the kernel has
 * sent. */
int fp_remote_fault_again(struct fp_remote *remote);
/*
 * together.c: reads `size` bytes (up to 64) at each of some addresses of a process; 0: none is read there.
 * What cannot be read stays as it was in `bytes`.
 */
void fp_read_places(pid_t tid, int memory, const uint64_t *places, int32_t count, void *bytes, size_t size);
/* Waits for the first stop of a process or thread that was cloned under ptrace. */
int fp_wait_newborn(pid_t tid);

#endif
