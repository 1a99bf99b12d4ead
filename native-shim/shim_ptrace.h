/*
 * Processes, threads, memory, stepping and calls in the debuggee (launch.c, ptrace.c, step.c, condition.c,
 * remote.c, freeze.c, thaw.c, threads.c, births.c, ends.c, descriptors.c, memory.c, shared.c, pages.c,
 * waiter.c).
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
 * number of arguments, u32 number of variables, then NUL-terminated strings: program, folder, stdin, stdout,
 * stderr (empty: the terminal, /dev/null for stdin), the arguments (argv[0] first), the variables
 * (NAME=value). result: i32 process id, i32 master and i32 slave end of the terminal, i32 the stage that
 * failed (1 terminal, 2 fork, 3 ptrace, 4 folder, 5 stdin, 6 stdout, 7 stderr, 8 exec, 9 namespace), i32 the
 * first process of the namespace, a child of the caller that ends all others there when it is killed (0:
 * none).
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

/* ptrace.c */

/* Takes one event of any tracee, or of one thread, waiting up to `microseconds` for it. Gives 0 when there is
 * none. */
int64_t fp_wait_any(int32_t microseconds, uint8_t *event);
int64_t fp_wait_thread(int32_t tid, int32_t microseconds, uint8_t *event);
/* request: 0 continue, 1 single-step, 2 listen (stay in a group stop). signal: to deliver, or 0. */
int64_t fp_resume(int32_t tid, int32_t request, int32_t signal);
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

/*
 * Calls made in the debuggee (remote.c, freeze.c, thaw.c, threads.c, births.c, ends.c, descriptors.c). A
 * *site* says where in a process image that may be done: 0 i32 /proc/PID/mem     4 u32 size of the scratch
 * memory 8 u64 address of executable memory for FP_AGENT_SIZE bytes of code      16 u64 address of the
 * scratch memory Whatever is written there is put back. The threads must be stopped, as must all others of
 * the process; they have the registers and the signal mask of before, and are in a stop from which the kernel
 * restarts an interrupted system call of the program's own. -EPERM: a filter of the program's forbids a call
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
 * Descriptors of a process looked at from outside (queues.c, pipe.c, socket.c). They give the number of bytes
 * that the answer has; when there is no room for it, it is not all there.
 *
 * fp_read_fdinfo: fds: count i32. texts: for each what /proc/PID/fd has a link to, NUL, its /proc/PID/fdinfo,
 * NUL.
 */
int64_t fp_read_fdinfo(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *texts, int32_t capacity);
/*
 * What is in pipes and Unix sockets, which stays there. fds: count i32, of ends that can be read. queues: for
 * each i32 descriptor, i32 0 or -errno, i32 size of the pipe or the socket's SO_PEEK_OFF, u32 flags (1 nobody
 * can write into the pipe; 2 descriptors or credentials are in flight; 4, for fp_fill_queue, the messages of
 * a pipe are packets), u32 number of messages, u32 size of the messages, which follow: u32 length and bytes.
 * Without packets a message is what one read gave.
 */
int64_t fp_read_queues(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *queues, int32_t capacity);
/* Puts such a queue in the place of what is there now. writer: the socket's peer; -1 for a pipe. */
int64_t fp_fill_queue(int32_t pid, int32_t reader, int32_t writer, const uint8_t *queue);
/*
 * sockets: count pairs of u64 descriptor, u64 inode. descriptions: for each i32 descriptor, i32 0 or -errno,
 * i32 domain, i32 type, i32 whether it listens, i32 whether it is connected, u64 inode of a Unix socket's
 * peer or 0.
 */
int64_t fp_describe_sockets(int32_t pid, const uint8_t *sockets, int32_t count, uint8_t *descriptions);

/*
 * oom.c: sets how soon the out-of-memory killer takes a process (proc(5), oom_score_adj), from -1000, never,
 * to 1000. Gives what it was before, plus 1000. -EACCES: lowering it takes CAP_SYS_RESOURCE.
 */
int64_t fp_swap_oom_score(int32_t pid, int32_t score);

/* locks.c: releases all locks of open files (flock(2); fcntl(2), F_OFD_SETLK). fds: count i32. */
int64_t fp_release_locks(int32_t pid, const uint8_t *fds, int32_t count);

/* epoll.c: 1 when two processes run in the same memory (kcmp(2), KCMP_VM), 0 when not, else -errno. */
int64_t fp_shares_memory(int32_t pid, int32_t other);
/*
 * Lets a process have more descriptors (prlimit(2)); above its hard limit that takes a privilege. before: the
 * limit as it was, a struct rlimit, to be put back.
 */
int64_t fp_raise_descriptor_limit(int32_t pid, int32_t more, uint8_t *before);
int64_t fp_put_back_descriptor_limit(int32_t pid, const uint8_t *before);
/*
 * handover.c, make_ends.c: pipes and sockets taken from one process, or made anew, and handed to another.
 *
 * fp_group_files: fds: count i32. first: for each i32 place of the first one that is the same open file
 * (kcmp(2), KCMP_FILE).
 */
int64_t fp_group_files(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *first);
/*
 * Takes open files of a process into this one. wanted: count records of u64 inode, i32 status flags
 * (fcntl(2), F_GETFL), i32 in and out: the descriptor here; what is not negative is left as it is. Another
 * end of the same pipe will do: the one that is wanted is opened then.
 */
int64_t fp_take_ends(int32_t pid, uint8_t *wanted, int32_t count);
/* fds: count i32. states: a struct fp_end (outside.h) for each. */
int64_t fp_read_ends(int32_t pid, const uint8_t *fds, int32_t count, uint8_t *states);
/*
 * records, one after the other: i32 kind (0 pipe, 1 pair of Unix sockets, 2 a socket whose peer is gone), i32
 * domain, i32 type (socket(2)), i32 status flags of each end, u32 which ends are not needed (1, 2), u32 which
 * ends write no more (1, 2), u32 size of the queue that each end reads, out: i32 0 or -errno, i32 the two
 * descriptors, -1 for none. A pipe's first end is read. Then a struct fp_end for each end, and the queues, as
 * fp_read_queues gives them. What was made is there whatever the result is.
 */
int64_t fp_make_ends(uint8_t *records, int64_t size);
/* Sends up to 64 descriptors of this process to a socket's peer. pid, number: a process that has the socket.
 */
int64_t fp_hand_over(int32_t pid, int32_t number, const uint8_t *fds, int32_t count);

/*
 * Whether a holder has the files of entries of an epoll set of `pid`, each under the number it was
 * added with. entries: count records of i32 number, i32 how many entries of the same number are before it in
 * the set's fdinfo, and out: i32 0 it is that file (kcmp(2), KCMP_EPOLL_TFD), 1 it is another one, -errno.
 */
int64_t fp_epoll_compare(int32_t pid, int32_t set, int32_t holder, uint8_t *entries, int32_t count);

/*
 * files.c: a copy of a file's contents. folder: where that file is, for a copy that shares its blocks;
 * elsewhere the copy is in memory (-EFBIG: more than `limit` bytes), and `result` has its size: i64. Gives a
 * descriptor.
 */
int64_t fp_copy_file(const char *path, const char *folder, int64_t limit, uint8_t *result);
/* Gives a file the contents of such a copy. */
int64_t fp_write_file(const char *path, int32_t copy);
/* Makes a file with them, where there is none. */
int64_t fp_create_file(const char *path, int32_t copy, int32_t mode, int32_t owner, int32_t group);

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
 *  348 padding     352 NT_X86_XSTATE
 * Flags: 1 a lock is on its robust list, 2 signals are pending for it, 4 signals are pending for the process
 * (the first record that fp_freeze fills), 8 its clones do not have its policy or nice value
 * (sched_setattr(2)).
 */
#define FP_THREAD_HEAD 352

/*
 * Makes a frozen copy of a process: a clone of the thread of the first record, with clone(2) flags (and
 * FP_OTHER_IDS: the program has another name for every id), traced
 * and stopped. Gives its process id. records: of all threads; they have the thread ids and are filled.
 *
 * survey: what is asked of the process in the same run (out: the answers), 8-aligned:
 *    0 site
 *   24 i32 descriptors that the adapter must be able to open beside, else -EMFILE or -ENFILE
 *   28 i32 number of calls   32 i32 bytes of data, a multiple of 8   36 i32 capacity of descriptor records
 *   40 i32 descriptors that are open (out)   44 i32 those that have a record (out): the lowest
 *   48 i32 capacity, 52 i32 size (out) of the text of /proc/PID/timers: when they are equal, there is more
 *   56 i32 capacity of ranges   60 i32 0 or -errno of fp_survey_memory (out)   64 its answer, but for the
 *   ranges (out)   88 i32 number of patches   92 i32 capacity of the text of /proc/locks; out: its size, 0
 * also when no descriptor can have a lock 96 calls and data, as fp_remote_calls has them, made before the
 * clone; ranges; texts; descriptor records; patches: bytes for the copy alone, as fp_patch_memory has them
 */
#define FP_OTHER_IDS (1LL << 40)
#define FP_SURVEY_HEAD 96
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
 * threads' ends (set_tid_address(2)). records: of all its threads.
 */
int64_t fp_kill_sharing(int32_t pid, int32_t keeper, uint8_t *records, int32_t count, int32_t stride);

/*
 * schedule.c. A *schedule record*: i32 thread id, i32 0 or -errno (out, fp_set_schedules), 48 bytes struct
 * sched_attr of sched_setattr(2), i32 priority of ioprio_set(2), u32 bytes used of the mask, 128 bytes of
 * mask of sched_setaffinity(2). Of threads of any process; all but the ids is out of fp_read_schedules.
 */
#define FP_CPU_MASK_SIZE 128
#define FP_SCHEDULE_SIZE 192
int64_t fp_read_schedules(uint8_t *schedules, int32_t count);
/* Sets what can be set of each. Gives for how many threads not all could be. */
int64_t fp_set_schedules(uint8_t *schedules, int32_t count);

int64_t fp_pidfd_open(int32_t pid);
/* Whether the adapter may open as many descriptors (up to 16) more: 0, -EMFILE or -ENFILE. */
int64_t fp_have_descriptors(int32_t count);

/* memory.c */

/*
 * Compares the memory of a stopped process, by one of its threads, with that of a clone of it (0: of none, or
 * of one that shares it). plain: 1 without what only later kernels have. answer: i64 bytes of areas that the
 * clone lacks (MADV_DONTFORK), u64 bytes that are locked (mlock(2)), u32 number of writable shared areas, u32
 * number of areas whose pages the clone lacks (MADV_WIPEONFORK), and the first `capacity` of those: u64 low,
 * u64 high. Does not grow with the pages that there are.
 */
int64_t fp_survey_memory(int32_t origin, int32_t copy, int32_t plain, uint8_t *answer, int32_t capacity);
/* Copies the pages that are there in ranges (u64 low, u64 high) from one process to the other, whatever may
 * be done with them there. Gives the number of bytes. */
int64_t fp_copy_memory(int32_t from, int32_t to, const uint8_t *ranges, int32_t count);

/* shared.c */

/*
 * An *area record*: u64 low, u64 high, u64 offset in its file, i64 bytes that were saved (out; -EFBIG: beyond
 * what may be, -errno: not saved), u64 how many of them somebody else has mapped as well (out). Copies
 * writable shared areas of a stopped process, by one of its threads, into memory that belongs to the
 * descriptor that it gives: at most `limit` bytes in all. Pages that were never touched cost nothing.
 */
#define FP_AREA_SIZE 40
int64_t fp_save_shared(int32_t tid, const uint8_t *site, uint8_t *areas, int32_t count, int64_t limit);
/* Makes the same areas of a process as they were saved, pages that were never touched included. */
int64_t fp_restore_shared(int32_t tid, const uint8_t *site, int32_t store, const uint8_t *areas,
                          int32_t count);

/* mapped.c */

/*
 * The same records of files that are mapped shared, to be written; but u64 at 16 is the place in the store
 * (out) and u64 at 32 the number of pages that differ from it (out of fp_restore_mapped). What is behind a
 * file's end is not saved. Gives the store's descriptor.
 */
int64_t fp_save_mapped(int32_t pid, uint8_t *areas, int32_t count, int64_t limit);
/* Compares areas with the store, whatever process has them mapped there. write: 1 makes those pages as they
 * were. */
int64_t fp_restore_mapped(int32_t pid, int32_t store, uint8_t *areas, int32_t count, int32_t write);

/* pages.c */

/*
 * Which pages of two stopped processes differ, in ranges that both have mapped alike. ranges: count records
 * of u64 low, u64 high (ascending, whole pages), u64 1 for anonymous memory, 0 for a private mapping of one
 * file.
 *
 * Pages are taken for equal, unread, when their page map entries (/proc/PID/pagemap) say so: neither has any;
 * both have the same frame number (told only with CAP_SYS_ADMIN); both are still the file's own page; or,
 * when `alone` says that no other process can have the memory, neither is mapped by its process only (bit
 * 56): what is shared is shared between the two. (Of three, one may have the zero page, which counts as
 * shared, while the other two share another.) All others are read and compared.
 *
 * progress: u64 address to begin at, out: the address reached; u64 to which the bytes read are added. Goes on
 * until the end of the last range, or a limit of one call (65,536 pages looked at, 2,048 read, `capacity`
 * records). records: u64 address and u64 number of bytes that differ, of each page that does. Gives their
 * number.
 */
int64_t fp_compare_pages(int32_t first, int32_t second, int32_t alone, const uint8_t *ranges, int32_t count,
                         uint8_t *progress, uint8_t *records, int32_t capacity);

/* Shared inside the shim. */

/* A thread's cores (sched_setaffinity(2)) as they were before it was kept on one; a clone of it inherits
 * that. */
struct fp_pin {
    cpu_set_t cpus;
    int pinned;
};
/* threads.c: fills records that have the thread ids. */
int64_t fp_save_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride);
/*
 * Makes threads in a process of one thread, its leader, and sets their ids in the copy. same_ids: the old
 * ones, where they are free and the process may choose; otherwise any. -errno: not all could be made.
 */
int64_t fp_build_threads(int32_t leader, const uint8_t *site, uint8_t *records, int32_t count, int32_t stride,
                         int32_t same_ids);
/* Gives threads of a copy all that their records have. */
int64_t fp_fill_threads(const uint8_t *site, uint8_t *records, int32_t count, int32_t stride);
void fp_pin(pid_t tid, struct fp_pin *pin);
/* Whether clones of a thread do not have its policy or nice value, as far as that can be told. */
int fp_is_reset_on_fork(pid_t tid);
void fp_unpin(pid_t tid, const struct fp_pin *pin);
void fp_fill_event(pid_t tid, int status, uint8_t *event);
pid_t fp_bounded_wait(pid_t tid, int *status, int microseconds);
int fp_wait_stopped(pid_t tid, int *status);
/* Whether a thread is a zombie, or not there. */
int fp_has_ended(pid_t tid);
int fp_poke_byte(int memory, uint64_t address, uint8_t byte);
/* Gives 1 true, 0 false, -1 it cannot tell. */
int fp_condition(const uint8_t *code, uint32_t length, const struct user_regs_struct *registers, int memory);

#endif
