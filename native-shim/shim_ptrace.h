/*
 * Processes and threads: started, waited for, stepped and resumed (launch.c, waiter.c, ptrace.c, step.c,
 * condition.c, wait.c, pin.c).
 *
 * An *event* is one result of waitpid(2), FP_EVENT_SIZE bytes:
 *    0 i32 thread id      4 i32 wait status     8 u64 PTRACE_GETEVENTMSG
 *   16 register set (zero when there is no stop, or the thread was killed in it)
 *  232 siginfo_t (128 bytes; zero when the stop has none)
 * A register set is struct user_regs_struct (27 words of 8 bytes, sys/user.h).
 */
#ifndef FORKPOINT_SHIM_PTRACE_H
#define FORKPOINT_SHIM_PTRACE_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#define FP_EVENT_SIZE 360
#define FP_EVENT_REGISTERS 16
#define FP_EVENT_SIGINFO 232

/* launch.c */

/*
 * Starts a program under ptrace and leaves it in its exec stop.
 * spec: u32 flags (1: no address space randomisation; 2: in a user and a pid namespace of its own), u32
 * number of arguments, u32 number of variables, u32 soft limit of open files (the hard limit where that is
 * lower), then NUL-terminated strings: program, folder, stdin, stdout, stderr (empty: the terminal, /dev/null
 * for stdin), the arguments (argv[0] first), the variables (NAME=value). result: i32 process id, i32 master
 * and i32 slave end of the terminal, i32 the stage that failed (1 terminal, 2 fork, 3 ptrace, 4 folder, 5
 * stdin, 6 stdout, 7 stderr, 8 exec, 9 namespace), i32 the first process of the namespace, a child of the
 * caller that ends all others there when it is killed (0: none).
 */
int64_t fp_launch(const uint8_t *spec, uint8_t *result);

/* waiter.c */

/*
 * Starts the threads that only wait. Gives the read end of a pipe: a byte 'w' says that some tracee has
 * changed state since the last fp_arm_waiter, 'o' that the terminal or a watched process has something since
 * the last fp_arm_output.
 */
int64_t fp_start_waiter(void);
int64_t fp_arm_waiter(void);
/* Watches a descriptor for input: a terminal, or (once) a pidfd, which reads for ever from its process's end
 * on. */
int64_t fp_watch(int32_t fd, int32_t once);
int64_t fp_unwatch(int32_t fd);
int64_t fp_arm_output(void);
/* Reads without blocking; 0 when there is nothing. */
int64_t fp_read_available(int32_t fd, uint8_t *bytes, int32_t size);
int64_t fp_close(int32_t fd);

/* ptrace.c, wait.c */

/* Takes one event of any tracee, or of one thread, waiting up to `microseconds` for it. Gives 0 when there is
 * none. */
int64_t fp_wait_any(int32_t microseconds, uint8_t *event);
int64_t fp_wait_thread(int32_t tid, int32_t microseconds, uint8_t *event);
/*
 * request: 0 continue, 1 single-step, 2 listen (stay in a group stop); with 4 a call that the stop has ended
 * with EINTR is not made again. signal: to deliver, or 0. While a thread has not left its stop in a call that
 * the kernel goes on with by restart_syscall(2), its rcx is FP_NOT_LEFT.
 */
#define FP_NOT_LEFT 0x6e6f74206c656674L
int64_t fp_resume(int32_t tid, int32_t request, int32_t signal);
/* How long an epoll_wait(2) that a stop has ended is to wait when it is made again. Gives 0 when the thread
 * is in none, else 1. */
int64_t fp_shorten_wait(int32_t tid, int32_t milliseconds);
int64_t fp_interrupt(int32_t tid);
/* Stops all threads (i32 each) of a process as SIGSTOP does. They are ptrace-stopped, and are afterwards. */
int64_t fp_stop_group(int32_t pid, const uint8_t *tids, int32_t count);
int64_t fp_detach(int32_t tid, int32_t signal);
/*
 * trace_events: what a live thread has. Without, calls can be made in it: no event is told of, and a filter
 * of its own (seccomp(2)) is suspended where that is permitted, which 1 says.
 */
int64_t fp_set_options(int32_t tid, int32_t trace_events);
int64_t fp_signal_thread(int32_t pid, int32_t tid, int32_t signal);
/*
 * Blocks (block != 0) or unblocks signals, a sigset_t of 8 bytes, in a stopped thread. Leaves in it those for
 * which that made a difference.
 */
int64_t fp_block_signals(int32_t tid, int32_t block, uint8_t *signals);
/* SIGKILL, and (reap != 0) waits until the process is gone for good. */
int64_t fp_kill(int32_t pid, int32_t reap);
int64_t fp_get_registers(int32_t tid, uint8_t *registers);
int64_t fp_set_registers(int32_t tid, const uint8_t *registers);
/* NT_X86_XSTATE; gives its size. */
int64_t fp_get_xstate(int32_t tid, uint8_t *bytes, int32_t size);
int64_t fp_set_xstate(int32_t tid, const uint8_t *bytes, int32_t size);
int64_t fp_set_signal_info(int32_t tid, const uint8_t *info);

/* Opens /proc/PID/mem. It belongs to the program as it is now: open it anew after an exec. */
int64_t fp_open_memory(int32_t pid);
/* Give the number of bytes moved, short where memory ends. */
int64_t fp_read_memory(int32_t memory, int64_t address, uint8_t *bytes, int32_t size);
int64_t fp_write_memory(int32_t memory, int64_t address, const uint8_t *bytes, int32_t size);
/*
 * patches: count records of u64 address, u8 byte, and out: u8 the byte before, u8 whether it was written,
 * then 5 bytes of padding. Gives how many were written.
 */
#define FP_PATCH_SIZE 16
int64_t fp_patch_memory(int32_t memory, uint8_t *patches, int32_t count);

/* step.c */

/*
 * Single-steps while rip is in one of the ranges (count pairs of u64 low, high), does not stand on one of the
 * sites (site_count u64, ascending), and at most `limit` steps. Gives 1 with the last event (a SIGTRAP whose
 * step is done, or any other), 0 when the thread is still running (a system call that blocks), 2 when the
 * limit is reached.
 */
int64_t fp_step_range(int32_t tid, const uint8_t *ranges, int32_t count, const uint8_t *sites,
                      int32_t site_count, int32_t limit, uint8_t *event);
/*
 * Executes the one instruction under a trap: takes the trap out, steps, puts it back. Signals that are not
 * the instruction's own wait meanwhile. Gives 1 with the event, 0 when the thread is still running (a system
 * call that blocks); then the trap is still out, and the caller puts it back once the thread has stopped.
 */
int64_t fp_step_over(int32_t tid, int32_t memory, int64_t address, int32_t original, uint8_t *event);
/*
 * Runs a process of one thread; while the conditions of the traps it hits are false, steps over them and goes
 * on. start: 0 continue, 1 the thread has just met a trap (its pc is behind it), 2 it stands on a trap whose
 * condition is known to be false. sites: count records of u64 address, u32 original byte, u32 offset and u32
 * length of its condition in `code` (length 0: none), 4 bytes of padding. Gives 1 with the event that ended
 * it, 0 when the thread is still running after `microseconds` without a stop, 2 after `limit` false
 * conditions (go on with start 2), 3 when the step over the trap where rip was is still running (as
 * fp_step_over's 0).
 */
int64_t fp_run_conditional(int32_t tid, int32_t memory, int32_t start, const uint8_t *sites, int32_t count,
                           const uint8_t *code, int32_t limit, int32_t microseconds, uint8_t *event);

/* Shared inside the shim. */

/* A thread's cores (sched_setaffinity(2)) as they were before it was kept on one; a clone of it inherits
 * that. */
struct fp_pin {
    cpu_set_t cpus;
    int pinned;
};
void fp_pin(pid_t tid, struct fp_pin *pin);
/* Whether clones of a thread do not have its policy or nice value, as far as that can be told. */
int fp_is_reset_on_fork(pid_t tid);
void fp_unpin(pid_t tid, const struct fp_pin *pin);
/*
 * Before a stopped thread is set going: a call that the stop has ended is made again, unless a handler runs.
 * One that the kernel goes on with is marked by FP_NOT_LEFT.
 */
void fp_before_going(pid_t tid, int signal);
void fp_fill_event(pid_t tid, int status, uint8_t *event);
pid_t fp_bounded_wait(pid_t tid, int *status, int microseconds);
/* CLOCK_MONOTONIC, in nanoseconds. */
int64_t fp_monotonic(void);
int fp_wait_stopped(pid_t tid, int *status);
/* The same for a thread that makes calls of ours: a fork among them may wait for somebody to hear of it. */
int fp_wait_cloning(pid_t tid, int *status);
/* userfault.c. Hears of a fork that the process's own userfaultfd(2) tells of. Gives whether there was one.
 */
int fp_hear_of_fork(pid_t tid);
/* Whether a thread is a zombie, or not there. */
int fp_has_ended(pid_t tid);
int fp_poke_byte(int memory, uint64_t address, uint8_t byte);
/* Gives 1 true, 0 false, -1 it cannot tell. */
int fp_condition(const uint8_t *code, uint32_t length, const struct user_regs_struct *registers, int memory);

#endif
