/* Names with template arguments, found by what stands before these: `Box<int>` and `Box <int>` by `Box`. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Up to where a `<` may be part of an operator: `operator<<<int>` is an instance of `operator<<`, as
 * `operator<<int>` is of `operator<`. */
static size_t operator_end(const char *name) {
    static const char word[] = "operator";
    size_t length = sizeof word - 1;
    return strncmp(name, word, length) == 0 ? length + strspn(name + length, "<>=!+-*/%^&|~,()[] ") : 0;
}

static bool add_instances(struct instance_index *index, const char *name, uint32_t entry) {
    size_t end = operator_end(name);
    for (const char *bracket = strchr(name, '<'); bracket; bracket = strchr(bracket + 1, '<')) {
        size_t length = (size_t)(bracket - name);
        if (length > 0 && bracket[-1] == ' ')
            length--;
        if (!symbols_grow((void **)&index->instances, &index->capacity, index->count,
                          sizeof *index->instances))
            return false;
        index->instances[index->count++] = (struct instance){.entry = entry, .length = (uint32_t)length};
        if ((size_t)(bracket - name) + 1 >= end)
            return true;
    }
    return true;
}

/* The chains are in the order of the entries. */
static bool chain(struct instance_index *index, const struct name_entry *entries) {
    uint32_t bucket_count = 1024;
    while (bucket_count < index->count && bucket_count < UINT32_MAX / 2)
        bucket_count *= 2;
    uint32_t *buckets = malloc(bucket_count * sizeof *buckets);
    if (!buckets)
        return false;
    memset(buckets, 0xff, bucket_count * sizeof *buckets);
    for (size_t at = index->count; at-- > 0;) {
        struct instance *instance = &index->instances[at];
        uint32_t hash = name_hash(entries[instance->entry].name, instance->length);
        uint32_t *bucket = &buckets[hash & (bucket_count - 1)];
        instance->next = *bucket;
        *bucket = (uint32_t)at;
    }
    free(index->buckets);
    index->buckets = buckets;
    index->bucket_count = bucket_count;
    return true;
}

/* Takes in what names have come to be known since the last time. */
static bool read_instances(struct instance_index *index, const struct name_index *names) {
    if (index->read == names->count && index->buckets)
        return true;
    for (; index->read < names->count; index->read++) {
        const struct name_entry *entry = &names->entries[index->read];
        if (entry->first_instance &&
            (index->count >= NAME_NONE - 64 || !add_instances(index, entry->name, index->read)))
            return false;
    }
    return chain(index, names->entries);
}

static void put_all_named(struct module *module, const char *name, uint32_t kinds) {
    const struct name_index *names = &module->die_names;
    for (uint32_t at = name_index_first(names, name); at != NAME_NONE; at = name_index_next(names, at, name))
        if (names->entries[at].kind & kinds)
            put_named(module, &names->entries[at]);
}

static bool is_named(const struct name_index *names, const char *name, uint32_t kinds) {
    uint32_t at = name_index_first(names, name);
    while (at != NAME_NONE && !(names->entries[at].kind & kinds))
        at = name_index_next(names, at, name);
    return at != NAME_NONE;
}

typedef void (*instance_visitor)(struct module *module, const char *name, uint32_t kinds);

static bool for_instances(struct module *module, const char *name, uint32_t kinds, instance_visitor visit) {
    struct instance_index *index = &module->instances;
    index_units(module);
    if (!read_instances(index, &module->die_names))
        return false;
    size_t length = strlen(name);
    uint32_t at = index->buckets[name_hash(name, length) & (index->bucket_count - 1)];
    for (; at != NAME_NONE; at = index->instances[at].next) {
        const struct instance *instance = &index->instances[at];
        const char *found = module->die_names.entries[instance->entry].name;
        if (instance->length == length && memcmp(found, name, length) == 0)
            visit(module, found, kinds);
    }
    return true;
}

static void put_instance(struct module *module, const char *name, uint32_t kinds) {
    if (is_named(&module->die_names, name, kinds))
        put_string(&module->answer, name);
}

/* Where an answer goes. */
struct room {
    uint8_t *out;
    int64_t capacity;
};

static int64_t answer(int64_t handle, const char *name, int32_t kinds, instance_visitor put,
                      struct room room) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    if (!for_instances(module, name, (uint32_t)kinds, put))
        return -ENOMEM;
    return deliver(&module->answer, room.out, room.capacity);
}

int64_t fp_symbols_instances(int64_t handle, const char *name, int32_t kinds, uint8_t *out,
                             int64_t capacity) {
    return answer(handle, name, kinds, put_instance, (struct room){out, capacity});
}

int64_t fp_symbols_instances_named(int64_t handle, const char *name, int32_t kinds, uint8_t *out,
                                   int64_t capacity) {
    return answer(handle, name, kinds, put_all_named, (struct room){out, capacity});
}

void instances_free(struct instance_index *index) {
    free(index->instances);
    free(index->buckets);
}
