/*
 * Calls in the debuggee and copies of it, with what its threads have (area.c, remote.c, meanwhile.c,
 * together.c, rseq.c, descriptors.c, copying.c, freeze.c, thaw.c, threads.c, births.c, dress.c, ends.c,
 * holdings.c, schedule.c, dispatch.c, asleep.c, timeouts_x64.c).
 */
#ifndef FORKPOINT_SHIM_COPIES_H
#define FORKPOINT_SHIM_COPIES_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Calls made in the debuggee (remote.c, freeze.c, thaw.c, threads.c, births.c, ends.c, descriptors.c). A
 * *site* says where in a process image that may be done:
 *    0 i32 /proc/PID/mem     4 u32 size of the scratch memory
 *    8 u64 address of executable memory for FP_AGENT_SIZE bytes of code
 *   16 u64 address of the scratch memory
 * Whatever is written there is put back. The threads must be stopped, as must all others of the process; they
 * have the registers and the signal mask of before, and are in a stop from which the kernel restarts an
 * interrupted system call of the program's own. -EPERM: a filter of the program's forbids a call
 * (seccomp(2)). -ESRCH: a thread was killed meanwhile.
 */
#define FP_AGENT_SIZE 1024

/*
 * Runs system calls in a thread. calls: count records of 8 words: number, six arguments, result (out). data:
 * in and out, at the scratch address + FP_AREA_HEAD (32) meanwhile. All calls run, whatever they give.
 */
int64_t fp_remote_calls(int32_t tid, const uint8_t *site, uint8_t *calls, int32_t count, uint8_t *data,
                        int32_t size);

/*
 * A *descriptor record*: u32 descriptor, u32 st_mode, i64 offset (lseek(2); negative: it has none), u64
 * st_dev, u64 st_ino, u32 status flags (fcntl(2), F_GETFL), u32 low half of st_rdev.
 */
#define FP_DESCRIPTOR_SIZE 40
/* Lists the first `capacity` descriptors from `first` on and below `limit`; gives their number. */
int64_t fp_list_descriptors(int32_t tid, const uint8_t *site, int32_t first, int32_t limit, uint8_t *records,
                            int32_t capacity);
/* Sets the offsets and status flags of descriptors. */
int64_t fp_set_offsets(int32_t tid, const uint8_t *site, const uint8_t *records, int32_t count);

/*
 * A *thread record* has `stride` bytes (a multiple of 8, the same for all):
 *    0 i32 thread id           4 i32 its id in a copy that is being built; zero or -errno: none
 *    8 struct user_regs_struct       224 u64 signal mask
 *  232 stack_t of sigaltstack(2), flags -1: it is there already
 *  256 u64 robust list       264 u64 clear_child_tid address
 *  272 name, 16 bytes      288 u64 rseq area, u32 its size, u32 its signature
 *  304 the same of the registration to be undone first, or 0
 *  320 u64 timer slack       328 i32 signal at the parent's death     332 i32 no_new_privs (prctl(2))
 *  336 u32 size of NT_X86_XSTATE     340 u32 flags     344 i32 its id as the program knows it
 *  348 i32 its answer of fp_find_holdings     352 NT_X86_XSTATE
 * Flags: 1 a lock is on its robust list, 2 signals are pending for it, 4 signals are pending for the process
 * (the first record that fp_freeze fills), 8 its clones do not have its policy or nice value (that record;
 * sched_setattr(2)).
 */
#define FP_THREAD_HEAD 352

/*
 * Makes a frozen copy of a process: a clone of the thread of the first record, with clone(2) flags (and
 * FP_OTHER_IDS: the program has another name for every id), traced and stopped. Gives its process id.
 * records: of all threads; they have the thread ids and are filled.
 *
 * survey: what is asked of the process in the same run (out: the answers), 8-aligned:
 *    0 site
 *   24 i32 descriptors that the adapter must be able to open beside, else -EMFILE or -ENFILE
 *   28 i32 number of calls   32 i32 bytes of data, a multiple of 8   36 i32 capacity of descriptor records
 *   40 i32 descriptors that are open (out)   44 i32 those that have a record (out): the lowest
 *   48 i32 capacity, 52 i32 size (out) of the text of /proc/PID/timers: when they are equal, there is more
 *   56 i32 capacity of ranges   60 i32 0 or -errno of fp_survey_memory (out)
 *   64 its answer, but for the ranges (out)   88 i32 number of patches
 *   92 i32 capacity of the text of /proc/locks; out: its size, 0 also when no descriptor can have a lock
 *   96 i32 out: whether a thread has PR_SET_SYSCALL_USER_DISPATCH
 *  100 u32 out: a bit for each format of a descriptor (st_mode >> 12)   104 u32 out: all status flags of any
 *  108 u32 out: all flags of any thread record   112 i32 out: whether any byte of the data is not 0
 *  116 i32 process id as the caller knows it, for fp_find_holdings (0: nothing is looked for)
 *  120 i32 answers of it that forbid a copy: then -ECANCELED   124 i32 its answer (out)
 *  128 i32 a tracee that must stand still for this to be of use (0: none), else -ECHILD   132 reserved
 *  136 calls and data, as fp_remote_calls has them, made before the clone; ranges; texts; descriptor
 *      records; patches: bytes for the copy alone, with CLONE_VM for both, as fp_patch_memory has them
 */
#define FP_OTHER_IDS (1LL << 40)
#define FP_SURVEY_HEAD 136
int64_t fp_freeze(uint8_t *survey, uint8_t *records, int32_t count, int32_t stride, int64_t flags);
/*
 * Makes a live process of a frozen one and gives its id. site: with its memory (out). records: their ids in
 * the copy are set. flags: 1 the old ids, process_id among them, where they are free and the process may
 * choose; 2 the leader had exited, and no record is its; 4 the program has another name for every id; 8 a
 * child of the frozen one and not a sibling; 16 the frozen one itself, with its own id. process_id is the
 * program's. seeks: descriptor records, whose offsets and status flags are put back. refused: i32 -errno of
 * the process id that could not be had, or 0.
 */
int64_t fp_thaw(int32_t frozen, uint8_t *site, int32_t process_id, uint8_t *records, int32_t count,
                int32_t stride, int32_t flags, const uint8_t *seeks, int32_t seek_count, uint8_t *refused);
/*
 * The signals that are pending for a stopped thread, or (shared) for its process, in the order of their
 * queue, from number `first` on: siginfo_t, 128 bytes each. Gives how many were there, at most `capacity`.
 */
int64_t fp_peek_signals(int32_t tid, int32_t shared, int32_t first, uint8_t *infos, int32_t capacity);
/*
 * Fills a thread record at PTRACE_EVENT_VFORK, with the registers of the call's return: until its child has
 * gone its own way the thread cannot be stopped. Its alternate signal stack and signals are not known.
 * memory: /proc/PID/mem.
 */
int64_t fp_note_vfork(int32_t tid, int32_t memory, uint8_t *record, int32_t stride);
/* Has a leader exit while other threads of its process go on, and waits until it has. */
int64_t fp_end_thread(int32_t tid, const uint8_t *site);
/*
 * Kills and reaps a process whose memory `keeper` has too, and puts back what the kernel writes at its
 * threads' ends (set_tid_address(2)). memory: its /proc/PID/mem, which is closed. records: of all its
 * threads.
 */
int64_t fp_kill_sharing(int32_t pid, int32_t memory, int32_t keeper, uint8_t *records, int32_t count,
                        int32_t stride);

/*
 * schedule.c. A *schedule record*: i32 thread id, i32 result (out), 48 bytes struct sched_attr of
 * sched_setattr(2), i32 priority of ioprio_set(2), u32 bytes used of the mask, 128 bytes of mask of
 * sched_setaffinity(2). Of threads of any process; all but the ids is out of fp_read_schedules.
 */
#define FP_CPU_MASK_SIZE 128
#define FP_SCHEDULE_SIZE 192
/* Gives how many differ from the record with the number `like`: their result is 1, that of others 0. */
int64_t fp_read_schedules(uint8_t *schedules, int32_t count, int32_t like);
/* Sets what can be set of each; result: 0 or -errno. Gives for how many threads not all could be. */
int64_t fp_set_schedules(uint8_t *schedules, int32_t count);

/*
 * dispatch.c. A *dispatch record*: i32 thread id, 4 bytes of padding, and what the thread has of
 * PR_SET_SYSCALL_USER_DISPATCH (prctl(2)): u64 mode (0: none), u64 address of the selector, u64 offset, u64
 * length. Of stopped threads. The first gives how many have it; the second sets it where the mode is not 0.
 */
#define FP_DISPATCH_SIZE 40
int64_t fp_read_dispatch(uint8_t *records, int32_t count);
int64_t fp_set_dispatch(const uint8_t *records, int32_t count);

/*
 * asleep.c. A *sleeper record*: i32 thread id, i32 system call, i64 since when (CLOCK_MONOTONIC,
 * nanoseconds), i64 how often it has given up the processor by itself. The first takes running threads and
 * gives how many of them are asleep in a call whose time-out runs from its beginning on; the call of others
 * is -1. The second is for the same threads, stopped by PTRACE_INTERRUPT: gives how many still were in that
 * call then.
 */
#define FP_SLEEPER_SIZE 24
int64_t fp_find_sleepers(int32_t pid, uint8_t *records, int32_t count);
int64_t fp_confirm_sleepers(int32_t pid, uint8_t *records, int32_t count);

/*
 * timeouts_x64.c. A *time-out record*: i32 id of a stopped thread whose registers are those of a call to be
 * made again, i32 result (out): 1 the kernel goes on with the call when the thread does, 0 it is made again
 * as it is, or its time was over and it has returned, or -errno; i64 nanoseconds that are left of it, more
 * than 0; i64 when it ends (out, CLOCK_MONOTONIC). The call is poll, nanosleep, clock_nanosleep or futex. Of
 * a site, only memory and scratch memory are used.
 */
#define FP_TIMEOUT_SIZE 24
int64_t fp_continue_timeouts(const uint8_t *site, uint8_t *records, int32_t count);

int64_t fp_pidfd_open(int32_t pid);
/* Whether the adapter may open as many descriptors (up to 16) more: 0, -EMFILE or -ENFILE. */
int64_t fp_have_descriptors(int32_t count);

/* Shared inside the shim. */

/*
 * holdings.c. What a stopped process may hold, to be looked at more closely: 1 its first thread's next child
 * is to be in another pid namespace, 2 in another time namespace, 4 there are System V semaphores, of
 * whomever, 8 message queues, 16 shared memory that it has used, 32 a thread has something for itself that
 * tids[0] has not, 64 the system has huge pages, which is looked for every few seconds. answers, a byte a
 * thread: in how closely it is looked at (0 not, 1 at what takes some microseconds, 2 at all); out 1
 * descriptors, 2 working directory and umask, 4 (of the second only) the user or group that it acts as, 8
 * filters of system calls, or none (without CAP_SYS_ADMIN of the second only), 16 capabilities, 32 (of the
 * second only) namespaces.
 */
int64_t fp_find_holdings(int32_t pid, const int32_t *tids, int32_t count, uint8_t *answers);
/* threads.c: fills records that have the thread ids. */
int64_t fp_save_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride);
/*
 * Makes threads in a process of one thread, its leader, with all that their records have, and sets their ids
 * in the copy. flags: FP_BUILD_SAME_IDS the old ids, where they are free and the process may choose,
 * otherwise any; FP_BUILD_OTHER_IDS the program has another name for every id. like: the record of which the
 * leader has name and timer slack already, or NULL. -errno: not all could be made.
 */
#define FP_BUILD_SAME_IDS 1
#define FP_BUILD_OTHER_IDS 2
int64_t fp_build_threads(int32_t leader, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                         int32_t flags, const uint8_t *like);

#endif
