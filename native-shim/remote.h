/* Running the agent (agent_x64.S) in stopped threads. Shared inside the shim. */
#ifndef FORKPOINT_REMOTE_H
#define FORKPOINT_REMOTE_H

#include "shim.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

/* Bytes of the debuggee's memory that a run keeps for itself, before its payload: a struct sigaction. */
#define FP_AREA_HEAD 32

/* SIG_IGN, as a number. */
#define FP_IGNORED 1

/* What the agent does beside system calls (agent_x64.S). */
enum { FP_DO_SAVE = 0x10000, FP_DO_RESTORE, FP_DO_LIST, FP_DO_SEEK };

extern const uint8_t fp_agent_begin[], fp_agent_calls[], fp_agent_save[], fp_agent_restore[], fp_agent_end[];

/* What the agent saves and restores of a thread. */
struct fp_slot {
    stack_t stack; /* ss_flags -1: it is there already, and not to be set */
    uint64_t robust_list;
    uint64_t tid_address;
    char name[16];
    uint64_t rseq;
    uint32_t rseq_size, rseq_signature;
    uint64_t former_rseq; /* to be unregistered first; 0: none */
    uint32_t former_rseq_size, former_rseq_signature;
    uint64_t timer_slack; /* nanoseconds */
    int32_t death_signal; /* PR_SET_PDEATHSIG */
    int32_t no_new_privs;
};

/* Where calls are injected in a process image; the same in every copy of it (shim_ptrace.h). */
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

/* A stopped thread that runs the agent, and what it was before. */
struct fp_remote {
    pid_t tid;
    struct user_regs_struct saved;
    uint64_t mask;
    struct fp_pin pin;
    const struct fp_area *area;
    struct __ptrace_rseq_configuration rseq;
    int filtered;          /* a filter of its own (seccomp(2)) is suspended */
    int stopped_meanwhile; /* SIGSTOP, which cannot be blocked, came and must come again */
    int trapped_meanwhile; /* so did a SIGTRAP that was not ours, with this information */
    siginfo_t trap;
    int faulted_meanwhile; /* so did a fault's signal of before, although it is blocked */
    siginfo_t fault;
    uint64_t trap_handler; /* the program's handler of SIGTRAP */
    /* What it cloned, in order, when its option to tell of that is set: the ids that the tracer knows. */
    pid_t born[FP_BORN];
    int32_t born_count;
};

/* Where the payload is in the debuggee. */
static inline uint64_t fp_payload(const struct fp_area *area) { return area->site.scratch + FP_AREA_HEAD; }

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
/* The thread is as it was, in a stop from which the kernel restarts a system call of its own. */
int fp_remote_end(struct fp_remote *remote);
/* The same registers, signal mask and cores for a clone of it. */
int fp_remote_put_back(const struct fp_remote *remote, pid_t tid);
/* begin, start, wait and end. */
int fp_remote_run_noting(struct fp_remote *remote, pid_t tid, const struct fp_area *area,
                         const uint8_t *entry, struct user_regs_struct *registers);
int fp_remote_run(pid_t tid, const struct fp_area *area, const uint8_t *entry,
                  struct user_regs_struct *registers);
/* Has SIGTRAP ignored again where a trap has reset that: in the shared handlers of all threads. */
int fp_remote_ignore_trap(struct fp_remote *remote);
/* Waits for the first stop of a process or thread that was cloned under ptrace. */
int fp_wait_newborn(pid_t tid);

#endif
