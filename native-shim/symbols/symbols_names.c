/* A hash index from names to values, several of a name allowed. */
#include "symbols.h"
#include <stdlib.h>
#include <string.h>

/* Eight bytes at a time: names with template arguments are long. */
uint32_t name_hash(const char *name, size_t length) {
    uint64_t hash = length;
    while (length > 0) {
        uint64_t word = 0;
        size_t step = length < sizeof word ? length : sizeof word;
        memcpy(&word, name, step);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
        name += step;
        length -= step;
    }
    return (uint32_t)hash;
}

static bool rehash(struct name_index *index, uint32_t bucket_count) {
    uint32_t *buckets = malloc(bucket_count * sizeof *buckets);
    if (!buckets)
        return false;
    memset(buckets, 0xff, bucket_count * sizeof *buckets);
    for (uint32_t at = index->count; at-- > 0;) {
        struct name_entry *entry = &index->entries[at];
        uint32_t *bucket = &buckets[entry->hash & (bucket_count - 1)];
        entry->next = *bucket;
        *bucket = at;
    }
    free(index->buckets);
    index->buckets = buckets;
    index->bucket_count = bucket_count;
    return true;
}

static uint32_t match(const struct name_index *index, uint32_t at, const char *name, uint32_t hash) {
    while (at != NAME_NONE &&
           (index->entries[at].hash != hash ||
            (index->entries[at].name != name && strcmp(index->entries[at].name, name) != 0)))
        at = index->entries[at].next;
    return at;
}

bool name_index_add(struct name_index *index, struct name_entry entry) {
    size_t capacity = index->capacity;
    if (!symbols_grow((void **)&index->entries, &capacity, index->count, sizeof entry))
        return false;
    index->capacity = (uint32_t)capacity;
    if (index->count >= index->bucket_count &&
        !rehash(index, index->bucket_count ? index->bucket_count * 4 : 1024))
        return false;
    entry.hash = name_hash(entry.name, strlen(entry.name));
    uint32_t *link = &index->buckets[entry.hash & (index->bucket_count - 1)];
    entry.first_instance =
        strchr(entry.name, '<') && match(index, *link, entry.name, entry.hash) == NAME_NONE;
    entry.next = *link;
    index->entries[index->count] = entry;
    *link = index->count++;
    return true;
}

uint32_t name_index_first(const struct name_index *index, const char *name) {
    if (index->bucket_count == 0)
        return NAME_NONE;
    uint32_t hash = name_hash(name, strlen(name));
    return match(index, index->buckets[hash & (index->bucket_count - 1)], name, hash);
}

uint32_t name_index_next(const struct name_index *index, uint32_t at, const char *name) {
    return match(index, index->entries[at].next, name, index->entries[at].hash);
}

void name_index_free(struct name_index *index) {
    free(index->entries);
    free(index->buckets);
}
