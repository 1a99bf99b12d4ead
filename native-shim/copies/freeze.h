/* Copying processes. Shared inside the shim. */
#ifndef FORKPOINT_FREEZE_H
#define FORKPOINT_FREEZE_H

#include "memory/memory.h"
#include "remote.h"

#define FP_CALL_SIZE 64

/* How many descriptors a process has open, and a number that none of them reaches. 0: it is gone. */
void fp_count_descriptors(pid_t pid, int32_t *open, int32_t *limit);

/* The head of a survey (shim_copies.h). */
struct fp_survey {
    struct fp_site site;
    int32_t spare, call_count, data_size, capacity;
    int32_t open, found;
    int32_t timers_capacity, timers_size;
    int32_t range_capacity, memory_result;
    struct fp_memory_survey memory;
    int32_t patch_count;
    int32_t locks_size; /* before: the capacity */
    int32_t has_dispatch;
    uint32_t formats, status_flags, thread_flags;
    int32_t has_answers;
    int32_t process_id, refused, holdings;
    int32_t needed, reserved;
};

_Static_assert(sizeof(struct fp_survey) == FP_SURVEY_HEAD, "the layout that shim_copies.h states");

/* What a live process is made of (shim_copies.h, fp_thaw). */
struct fp_thaw {
    pid_t process_id;
    uint8_t *records;
    int32_t count, stride;
    int same_ids, leader_gone, other_ids, child, in_place;
    const uint8_t *seeks;
    int32_t seek_count;
};

/* A clone made at the end of a table of calls. */
struct fp_copying {
    uint64_t table; /* in the area */
    int32_t count;
    int32_t more;     /* calls behind the table that the child makes */
    uint8_t *payload; /* of the area, read back: the child's when it makes calls */
    size_t size;
    int shares;             /* the clone has CLONE_VM */
    const uint8_t *patches; /* bytes for the clone, as fp_patch_memory has them */
    int32_t patch_count;
    int32_t memory; /* out: the child's, open, when it makes calls */
};

/*
 * Has a thread run a table of calls of which the last one clones its process. The child is as the thread was.
 * The area is closed. Gives the child, or -errno of the clone or of what went wrong; then there is none.
 */
int64_t fp_copy_process(pid_t tid, struct fp_area *area, struct fp_copying *copying);

/*
 * A thread record: registers and mask of a stopped thread, and later what it said of itself and what can be
 * read from outside (threads.c).
 */
int fp_note_thread(uint8_t *record, pid_t tid);
int fp_complete_thread(uint8_t *record, const struct fp_slot *slot, int memory, int32_t stride);
/* Notes in the first record whether signals for the whole process are pending. */
void fp_note_shared_signals(uint8_t *record);
/* Gives a thread its registers, mask and options. */
int fp_dress_thread(uint8_t *record);
/* Whether a thread's id stands where the kernel clears it at its end. */
int fp_keeps_id(uint8_t *record, int memory);
/* What the agent restores of a thread. */
struct fp_slot *fp_slot_of(uint8_t *record);
int64_t fp_kill_threads(pid_t pid, uint8_t *records, int32_t count, int32_t stride);

#endif
