/* Ids of threads in the C library's locks: those that know who holds them (pthread_mutex_lock(3)). */
#include "lock_owners.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096ULL
#define READ_AT_ONCE (64 * 1024)
/* Words that are looked at before anything is decided. */
#define BLOCK 64

/*
 * Goes through memory for held locks. What makes the first choice is a word of eight bytes whose one half is
 * the id of a thread and whose other half is small; what decides is the whole lock around it
 * (lock_shapes_x64.c).
 */
struct search {
    int memory; /* /proc/PID/mem */
    int is_musl, how;
    uint32_t lowest, span;
    const int32_t *ids; /* ascending */
    int32_t id_count;
    uint8_t *buffer;
    uint64_t at; /* the address that the buffer is from */
    size_t size;
    int64_t left; /* bytes that may still be read */
    uint64_t seen, unseen;
    struct fp_owner *found;
    int32_t capacity;
    int64_t count;
};

static int is_id(const struct search *search, uint32_t word) {
    int32_t low = 0, high = search->id_count;
    while (low < high) {
        const int32_t middle = (low + high) / 2;
        if ((uint32_t)search->ids[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low < search->id_count && (uint32_t)search->ids[low] == word;
}

/* Bytes of the process, from the buffer where they are in it. */
static int get(void *context, uint64_t address, void *bytes, size_t size) {
    const struct search *search = context;
    if (address >= search->at && address - search->at < search->size &&
        search->size - (address - search->at) >= size) {
        memcpy(bytes, search->buffer + (address - search->at), size);
        return 1;
    }
    return pread(search->memory, bytes, size, (off_t)address) == (ssize_t)size;
}

static void note(struct search *search, uint64_t address, uint32_t id) {
    if (search->count < search->capacity)
        search->found[search->count] = (struct fp_owner){address, (int32_t)id, 0};
    search->count++;
}

/* A word at an address that may be of a lock. */
static void look_at(struct search *search, uint64_t address, uint64_t word) {
    const uint32_t id = (uint32_t)(search->is_musl ? word >> 32 : word) & FP_ID_MASK;
    uint64_t places[2];
    if (!is_id(search, id))
        return;
    const struct fp_reader reader = {get, search};
    const int count = search->is_musl ? fp_musl_owners(&reader, address, id, search->how, places)
                                      : fp_glibc_owners(&reader, address, id, search->how, places);
    for (int i = 0; i < count; i++)
        note(search, places[i], id);
}

/* Whether any word of a block may be of a lock: without branches, since this is what takes the time. */
static int is_worth_a_look(const struct search *search, const uint64_t *words) {
    const uint32_t lowest = search->lowest, span = search->span;
    const int shift = search->is_musl ? 32 : 0;
    uint32_t any = 0;
    for (int i = 0; i < BLOCK; i++)
        any |= ((uint32_t)(words[i] >> shift) & FP_ID_MASK) - lowest <= span;
    return any != 0;
}

static void look_through(struct search *search) {
    const int shift = search->is_musl ? 32 : 0;
    for (size_t offset = 0; offset < search->size; offset += BLOCK * sizeof(uint64_t)) {
        const uint64_t *words = (const uint64_t *)(const void *)(search->buffer + offset);
        if (!is_worth_a_look(search, words))
            continue;
        for (size_t i = 0; i < BLOCK; i++)
            if (((uint32_t)(words[i] >> shift) & FP_ID_MASK) - search->lowest <= search->span)
                look_at(search, search->at + offset + i * sizeof *words, words[i]);
    }
}

static int64_t look_at_run(void *context, struct fp_range pages) {
    struct search *search = context;
    while (pages.low < pages.high) {
        uint64_t size = pages.high - pages.low;
        size = size < READ_AT_ONCE ? size : READ_AT_ONCE;
        if (search->left < (int64_t)size) {
            search->unseen += pages.high - pages.low;
            return 0;
        }
        /* Not process_vm_readv(2): it gives the process copies of the pages that it shares with others. */
        const ssize_t got = pread(search->memory, search->buffer, size, (off_t)pages.low);
        /* What cannot be read is beyond a file's end: nothing is there. */
        search->size = got > 0 ? (size_t)got / PAGE * PAGE : 0;
        search->at = pages.low;
        look_through(search);
        search->left -= (int64_t)size;
        search->seen += search->size;
        pages.low += size;
    }
    return 0;
}

static int compare_ids(const void *first, const void *second) {
    const int32_t a = *(const int32_t *)first, b = *(const int32_t *)second;
    return (a > b) - (a < b);
}

static int64_t look_at_ranges(struct search *search, int pagemap, const uint8_t *ranges, int32_t count) {
    int64_t result = 0;
    for (int32_t i = 0; i < count && result == 0; i++) {
        struct fp_range range;
        memcpy(&range, ranges + (size_t)i * sizeof range, sizeof range);
        result = fp_each_page_run(pagemap, range, look_at_run, search);
    }
    return result;
}

FP_EXPORT int64_t fp_find_lock_owners(int32_t pid, int32_t is_musl, uint8_t *ids, int32_t id_count,
                                      const uint8_t *ranges, int32_t count, uint8_t *amounts, uint8_t *found,
                                      int32_t capacity) {
    struct search search = {.memory = (int)fp_open_memory(pid),
                            .is_musl = is_musl,
                            .ids = (const int32_t *)(const void *)ids,
                            .id_count = id_count,
                            .found = (struct fp_owner *)(void *)found,
                            .capacity = capacity};
    const int pagemap = fp_open_proc(pid, "pagemap");
    int64_t result = search.memory < 0 ? search.memory : pagemap < 0 ? pagemap : 0;
    memcpy(&search.left, amounts, sizeof search.left);
    if (id_count <= 0)
        result = -EINVAL;
    if (result == 0 && (search.buffer = aligned_alloc(PAGE, READ_AT_ONCE)) == NULL)
        result = -ENOMEM;
    if (result == 0) {
        qsort(ids, (size_t)id_count, sizeof *search.ids, compare_ids);
        search.lowest = (uint32_t)search.ids[0];
        search.span = (uint32_t)search.ids[id_count - 1] - search.lowest;
        result = look_at_ranges(&search, pagemap, ranges, count);
    }
    free(search.buffer);
    if (search.memory >= 0)
        close(search.memory);
    if (pagemap >= 0)
        close(pagemap);
    const uint64_t totals[2] = {search.seen, search.unseen};
    memcpy(amounts, totals, sizeof totals);
    return result != 0 ? result : search.count;
}

/* Where a lock has an id when it stands at an address. */
static void look_around(struct search *search, uint64_t address) {
    static const uint64_t glibc[] = {0, 8, 24};
    uint64_t word;
    if (search->is_musl) {
        /* Its lock word is what is waited at. */
        address -= address % 8 == 4 ? 4 : 0;
        if (address % 8 == 0 && get(search, address, &word, sizeof word))
            look_at(search, address, word);
        return;
    }
    for (size_t i = 0; i < sizeof glibc / sizeof *glibc && address % 8 == 0; i++)
        if (get(search, address + glibc[i], &word, sizeof word))
            look_at(search, address + glibc[i], word);
}

FP_EXPORT int64_t fp_find_owners_in_hand(int32_t pid, int32_t is_musl, uint8_t *ids, int32_t id_count,
                                         const uint8_t *addresses, int32_t count, uint8_t *found,
                                         int32_t capacity) {
    struct search search = {.memory = (int)fp_open_memory(pid),
                            .is_musl = is_musl,
                            .how = FP_IN_HAND,
                            .ids = (const int32_t *)(const void *)ids,
                            .id_count = id_count,
                            .found = (struct fp_owner *)(void *)found,
                            .capacity = capacity};
    if (search.memory < 0)
        return search.memory;
    qsort(ids, (size_t)id_count, sizeof *search.ids, compare_ids);
    for (int32_t i = 0; i < count; i++) {
        uint64_t address;
        memcpy(&address, addresses + (size_t)i * sizeof address, sizeof address);
        look_around(&search, address);
    }
    close(search.memory);
    return search.count;
}

FP_EXPORT int64_t fp_renew_lock_owners(int32_t memory, const uint8_t *owners, int32_t count) {
    int64_t written = 0;
    for (int32_t i = 0; i < count; i++) {
        struct fp_owner owner;
        uint32_t word;
        memcpy(&owner, owners + (size_t)i * sizeof owner, sizeof owner);
        if (pread(memory, &word, sizeof word, (off_t)owner.address) != sizeof word ||
            (word & FP_ID_MASK) != (uint32_t)owner.id)
            continue;
        word = (word & ~FP_ID_MASK) | (uint32_t)owner.new_id;
        written += pwrite(memory, &word, sizeof word, (off_t)owner.address) == sizeof word;
    }
    return written;
}
