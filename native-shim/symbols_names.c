/* A hash index from names to values, several of a name allowed. */
#include "symbols.h"
#include <stdlib.h>
#include <string.h>

static uint32_t hash_of(const char *name) {
    uint32_t hash = 2166136261u;
    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

static bool rehash(struct name_index *index, uint32_t bucket_count) {
    uint32_t *buckets = malloc(bucket_count * sizeof *buckets);
    if (!buckets)
        return false;
    memset(buckets, 0xff, bucket_count * sizeof *buckets);
    for (uint32_t at = index->count; at-- > 0;) {
        struct name_entry *entry = &index->entries[at];
        uint32_t *bucket = &buckets[hash_of(entry->name) & (bucket_count - 1)];
        entry->next = *bucket;
        *bucket = at;
    }
    free(index->buckets);
    index->buckets = buckets;
    index->bucket_count = bucket_count;
    return true;
}

bool name_index_add(struct name_index *index, struct name_entry entry) {
    size_t capacity = index->capacity;
    if (!symbols_grow((void **)&index->entries, &capacity, index->count, sizeof entry))
        return false;
    index->capacity = (uint32_t)capacity;
    entry.next = NAME_NONE;
    index->entries[index->count++] = entry;
    if (index->count > index->bucket_count)
        return rehash(index, index->bucket_count ? index->bucket_count * 4 : 1024);
    uint32_t *link = &index->buckets[hash_of(entry.name) & (index->bucket_count - 1)];
    index->entries[index->count - 1].next = *link;
    *link = index->count - 1;
    return true;
}

static uint32_t match(const struct name_index *index, uint32_t at, const char *name) {
    while (at != NAME_NONE && strcmp(index->entries[at].name, name) != 0)
        at = index->entries[at].next;
    return at;
}

uint32_t name_index_first(const struct name_index *index, const char *name) {
    if (index->bucket_count == 0)
        return NAME_NONE;
    return match(index, index->buckets[hash_of(name) & (index->bucket_count - 1)], name);
}

uint32_t name_index_next(const struct name_index *index, uint32_t at, const char *name) {
    return match(index, index->entries[at].next, name);
}

void name_index_free(struct name_index *index) {
    free(index->entries);
    free(index->buckets);
}
