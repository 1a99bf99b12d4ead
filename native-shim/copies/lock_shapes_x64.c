/*
 * Held locks as they stand in the memory of a 64-bit x86 program: glibc's since 2.26
 * (sysdeps/nptl/bits/struct_mutex.h and sysdeps/x86/nptl/bits/struct_rwlock.h), musl's since 1.1.20
 * (src/internal/pthread_impl.h and stdio_impl.h).
 *
 * An id may be any small number, the size of a piece of the heap or a letter, and stand anywhere. So a lock
 * is sought only as it is while it is held and nobody is at it: it stands at a multiple of eight, has the id
 * of a thread of this very process in its place, is of a kind that knows its owner, has a user, and every
 * other of its ten (fourteen with a rwlock) words has one of the few values that it has then, most of them
 * exactly one. While it is taken or given back it looks like less than that: such a one is met where a thread
 * has its address in hand (FP_IN_HAND). Robust ones of glibc are in a list.
 */
#include "lock_owners.h"

/* Users and depth of a lock that one can think of; more is something else. */
#define MOST 65535U
#define USER_SPACE_END (1ULL << 47)

/* __kind: the two bits of the type, and PTHREAD_MUTEX_*_NP (nptl/pthreadP.h). */
#define TYPE 3
#define RECURSIVE 1
#define ERROR_CHECKING 2
#define ADAPTIVE 3
#define ROBUST 16
#define INHERITS 32
#define PROTECTS 64
#define KINDS (TYPE | ROBUST | INHERITS | PROTECTS | 128 | 256 | 512)
/* The lock word of one with PROTECTS has its ceiling above. */
#define BELOW_CEILING 0x7ffffU
/* __owner of a robust one whose owner has died; his id, up to PID_MAX_LIMIT (linux/threads.h), until it has
 * another. */
#define LARGEST_ID 4194304U
#define INCONSISTENT 0x7fffffffU
#define NOT_RECOVERABLE 0x7ffffffeU

struct glibc_mutex {
    uint32_t lock, count, owner, users;
    uint32_t kind;
    int16_t spins, elision;
    uint64_t previous, next;
};

struct glibc_rwlock {
    uint32_t readers, writers, phase, writers_futex, padding[2];
    uint32_t writer, shared;
    uint64_t elision, padding_too;
    uint32_t flags, end;
};

/* __readers: a writer is in, and may write (nptl/pthread_rwlock_common.c). */
#define WRITE_LOCKED 3U
#define READER_SHIFT 3
/* __writers: the lock is handed on. */
#define HANDED_ON 0x80000000U

/* _m_type: the two bits of the type, robust, priority-inheriting, shared. */
#define MUSL_KINDS (TYPE | 4 | 8 | 128)
#define MUSL_INHERITS 8
/* FUTEX_WAITERS (linux/futex.h). */
#define HAS_WAITERS 0x80000000U

struct musl_mutex {
    uint32_t type, lock;
    int32_t waiters, padding[2], count;
    uint64_t previous, next;
};

struct musl_file {
    uint64_t flags, read_at, read_end, close, write_end, write_at, zero, write_base;
    uint64_t read, write, seek, buffer, buffer_size, previous, next;
    int32_t descriptor, pipe_process;
    int64_t depth;
    int32_t mode;
    uint32_t lock;
};

static int may_be_pointer(uint64_t word) { return word > MOST && word < USER_SPACE_END; }

/* A list's element, by a pointer that has in its lowest bit whether that inherits priority. */
static int may_be_link(uint64_t word) { return may_be_pointer(word) && (word & 6) == 0; }

/* The list of robust locks that a thread holds, or is about to hold. */
static int is_linked(const struct glibc_mutex *mutex) {
    return (mutex->previous == 0 || may_be_link(mutex->previous)) &&
           (mutex->next == 0 || may_be_link(mutex->next));
}

/* Of those whose lock word has the id itself, which the kernel reads. */
static int is_known_to_kernel(const struct glibc_mutex *mutex, uint32_t id) {
    const int has_owner = mutex->owner == id || mutex->owner == 0;
    const int had_owner =
        mutex->kind & ROBUST &&
        (mutex->owner <= LARGEST_ID || mutex->owner == INCONSISTENT || mutex->owner == NOT_RECOVERABLE);
    return (mutex->lock & FP_ID_MASK) == id && (has_owner || had_owner) &&
           (mutex->kind & ROBUST ? is_linked(mutex) : mutex->previous == 0 && mutex->next == 0);
}

static int is_counted(const struct glibc_mutex *mutex) {
    /* Those of the last kinds have 1, recursive or not. */
    const int is_recursive = (mutex->kind & TYPE) == RECURSIVE;
    const uint32_t most = is_recursive ? MOST : mutex->kind & (INHERITS | PROTECTS) ? 1 : 0;
    return mutex->users > 0 && mutex->count <= most && (!is_recursive || mutex->count > 0);
}

static int is_taken(const struct glibc_mutex *mutex, uint32_t id) {
    const uint32_t type = mutex->kind & TYPE;
    const uint32_t lock = mutex->kind & PROTECTS ? mutex->lock & BELOW_CEILING : mutex->lock;
    return (type == RECURSIVE || type == ERROR_CHECKING) && (lock == 1 || lock == 2) && mutex->owner == id &&
           mutex->previous == 0 && mutex->next == 0;
}

/* Normal and adaptive ones do not ask who holds them, and stay as they are. */
static int is_held(const struct glibc_mutex *mutex, uint32_t id, int how) {
    const uint32_t kind = mutex->kind, most = (kind & TYPE) == RECURSIVE ? MOST : 1;
    if ((kind & ~(uint32_t)KINDS) != 0 || mutex->users > MOST || mutex->count > most || mutex->elision != 0 ||
        (mutex->spins != 0 && (kind & TYPE) != ADAPTIVE))
        return 0;
    if (how == FP_ANYWHERE && (kind & ROBUST || !is_counted(mutex) || mutex->owner != id))
        return 0;
    return kind & (ROBUST | INHERITS) ? is_known_to_kernel(mutex, id) : is_taken(mutex, id);
}

/* Its futexes have a waiter or none, and a bit of their own (nptl/pthread_rwlock_common.c). */
static int is_set(uint32_t futex) { return futex == 1 || futex == 3; }

static int is_write_locked(const struct glibc_rwlock *lock, uint32_t id) {
    return (lock->readers & WRITE_LOCKED) == WRITE_LOCKED && lock->readers >> READER_SHIFT <= MOST &&
           (lock->writers & ~HANDED_ON) <= MOST && is_set(lock->phase) && is_set(lock->writers_futex) &&
           lock->padding[0] == 0 && lock->padding[1] == 0 && lock->writer == id && lock->shared <= 1 &&
           lock->elision == 0 && lock->padding_too == 0 && lock->flags <= 2;
}

int fp_glibc_owners(const struct fp_reader *reader, uint64_t address, uint32_t id, int how,
                    uint64_t places[2]) {
    struct glibc_mutex mutex;
    struct glibc_rwlock lock;
    const uint64_t as_owner = address - offsetof(struct glibc_mutex, owner);
    const uint64_t as_writer = address - offsetof(struct glibc_rwlock, writer);
    places[0] = address;
    if (reader->get(reader->context, as_owner, &mutex, sizeof mutex) && is_held(&mutex, id, how)) {
        places[1] = as_owner;
        return mutex.owner != id ? 0 : mutex.kind & (ROBUST | INHERITS) ? 2 : 1;
    }
    /* Only just taken, or taken from one who died: the lock word alone has it. */
    if (how == FP_IN_HAND && reader->get(reader->context, address, &mutex, sizeof mutex) &&
        is_held(&mutex, id, how))
        return mutex.owner != id;
    return reader->get(reader->context, as_writer, &lock, offsetof(struct glibc_rwlock, end)) &&
           is_write_locked(&lock, id);
}

static int is_link(uint64_t word) { return may_be_pointer(word) && word % sizeof word == 0; }

/*
 * Whoever holds one has it in a list, and takes it out before he gives it back. The kernel gives one that
 * inherits priority to its waiter, who has not put it there yet.
 */
static int is_held_musl(const struct musl_mutex *mutex, uint32_t id, int how) {
    const int inherits = (mutex->type & MUSL_INHERITS) != 0;
    const int is_handed_on = how == FP_IN_HAND && inherits && (mutex->lock & HAS_WAITERS) &&
                             mutex->previous == 0 && mutex->next == 0;
    return (mutex->lock & FP_ID_MASK) == id && (mutex->type & ~(uint32_t)MUSL_KINDS) == 0 &&
           (mutex->type & ~128U) != 0 && mutex->waiters >= 0 && mutex->waiters <= (int32_t)MOST &&
           mutex->padding[0] == 0 && mutex->padding[1] == 0 && mutex->count <= (int32_t)MOST &&
           mutex->count >= (inherits ? -1 : 0) &&
           (is_handed_on || (is_link(mutex->previous) && is_link(mutex->next)));
}

/* A stream that a thread has locked (flockfile(3)). */
static int is_held_file(const struct musl_file *file, uint32_t id) {
    return (file->lock & FP_ID_MASK) == id && file->mode >= -1 && file->mode <= 1 && file->depth >= 0 &&
           file->depth <= (int64_t)MOST && file->zero == 0 && file->descriptor >= -1 &&
           may_be_pointer(file->write) && may_be_pointer(file->seek) && may_be_pointer(file->buffer);
}

/* What is before it in the list says where it is. */
static int is_in_list(const struct fp_reader *reader, uint64_t address, const struct musl_mutex *mutex) {
    uint64_t link;
    return reader->get(reader->context, mutex->previous, &link, sizeof link) &&
           link == address + offsetof(struct musl_mutex, next);
}

int fp_musl_owners(const struct fp_reader *reader, uint64_t address, uint32_t id, int how,
                   uint64_t places[2]) {
    struct musl_mutex mutex;
    struct musl_file file;
    const uint64_t of_file = address - offsetof(struct musl_file, mode);
    places[0] = address + sizeof(uint32_t);
    if (reader->get(reader->context, address, &mutex, sizeof mutex) && is_held_musl(&mutex, id, how) &&
        (how == FP_IN_HAND || is_in_list(reader, address, &mutex)))
        return 1;
    return reader->get(reader->context, of_file, &file, sizeof file) && is_held_file(&file, id);
}
