/*
 * The memory of processes that stand still: what a clone lacks of it, what is shared, which pages differ
 * (memory.c, page_runs.c, copied_pages.c, shared.c, shared_contents.c, mapped.c, pages.c), who holds locks in
 * it (lock_owners.c), and what is asked of it as a whole (epoll.c, oom.c).
 */
#ifndef FORKPOINT_SHIM_MEMORY_H
#define FORKPOINT_SHIM_MEMORY_H

#include <stdint.h>

/* epoll.c: 1 when two processes run in the same memory (kcmp(2), KCMP_VM), 0 when not, else -errno. */
int64_t fp_shares_memory(int32_t pid, int32_t other);

/*
 * oom.c: sets how soon the out-of-memory killer takes a process (proc(5), oom_score_adj), from -1000, never,
 * to 1000. Gives what it was before, plus 1000. -EACCES: lowering it takes CAP_SYS_RESOURCE.
 */
int64_t fp_swap_oom_score(int32_t pid, int32_t score);

/* memory.c */

/*
 * Compares the memory of a stopped process, by one of its threads, with that of a clone of it (0: of none, or
 * of one that shares it). plain: 1 without what only later kernels have. answer: i64 bytes of areas that the
 * clone lacks (MADV_DONTFORK), u64 bytes that are locked (mlock(2)), u32 number of shared areas to be kept,
 * u32 number of areas whose pages the clone lacks (MADV_WIPEONFORK), and the first `capacity` of those: u64
 * low, u64 high. Does not grow with the pages that there are.
 */
int64_t fp_survey_memory(int32_t origin, int32_t copy, int32_t plain, uint8_t *answer, int32_t capacity);
/* copied_pages.c */

/* Copies the pages that are there in ranges (u64 low, u64 high) from one process to the other, whatever may
 * be done with them there. Gives the number of bytes. */
int64_t fp_copy_memory(int32_t from, int32_t to, const uint8_t *ranges, int32_t count);

/* lock_owners.c */

/*
 * An *owner record*: u64 address of a word with the id of a thread that holds a lock of the C library, i32
 * that id, i32 the new one. Finds those of a process that stands still and of locks that are held (but
 * glibc's robust ones), in the pages that are there in ranges (u64 low, u64 high), in their order. is_musl: 1
 * musl, 0 glibc. ids: of its threads, as it knows them; they are sorted. amounts: i64 bytes that may be read;
 * out: i64 bytes that were, i64 bytes of pages that were not for that reason. found: the first `capacity` of
 * them, without new ids. Gives how many there are. About 0.3 s for each GiB.
 */
#define FP_OWNER_SIZE 16
int64_t fp_find_lock_owners(int32_t pid, int32_t is_musl, uint8_t *ids, int32_t id_count,
                            const uint8_t *ranges, int32_t count, uint8_t *amounts, uint8_t *found,
                            int32_t capacity);
/* The same at addresses (u64 each) that threads have of locks which they take, wait for or give back. */
int64_t fp_find_owners_in_hand(int32_t pid, int32_t is_musl, uint8_t *ids, int32_t id_count,
                               const uint8_t *addresses, int32_t count, uint8_t *found, int32_t capacity);
/* Writes the new ids where the old ones still are; the other bits of such a word stay. Gives how many it
 * wrote. */
int64_t fp_renew_lock_owners(int32_t memory, const uint8_t *owners, int32_t count);

/* frame_layout.c */

/*
 * A *layout* of a frame (DWARF 5, section 6.4) at an offset in an ELF file, open as `file`, where code is:
 * u64 low and u64 high, the offsets of its function's begin and end; i64 DWARF number of the register
 * that the CFA is counted from, i64 how far; and where, from the CFA, rbx, rbp and r12 to r15 are saved by
 * then: i64 each, or FP_NOT_SAVED. Gives 0, or -ENODATA where the file does not say that so simply (a
 * signal's frame, procedure linkage tables).
 */
#define FP_LAYOUT_SIZE 80
#define FP_NOT_SAVED INT64_MIN
int64_t fp_frame_layout(int32_t file, int64_t offset, uint8_t *answer);

/*
 * What lies between the symbols of functions around an offset in such a file: the function with a symbol, or
 * those without one between two that have one. `answer`: u64 low and u64 high, offsets. Gives 0, or -ENODATA
 * where nothing is loaded from there or the file has no symbols.
 */
int64_t fp_function_extent(int32_t file, int64_t offset, uint8_t *answer);

/* shared.c */

/*
 * An *area record*: u64 low, u64 high, u64 offset in its file, i64 bytes that were saved (out; -EFBIG: beyond
 * what may be, -errno: not saved), u64 how many of them somebody else has mapped as well (out). Copies
 * shared areas of a stopped process, by one of its threads, into memory that belongs to the
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

#endif
