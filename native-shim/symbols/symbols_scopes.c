/*
 * What is around a DIE. Whatever has children outside functions is noted once for a unit, in document order;
 * what is within a function is found by a walk through that function.
 */
#include "symbols.h"
#include <stdlib.h>
#include <string.h>

enum { NO_SCOPE = INT32_MAX };
static const uint64_t OFFSET_BITS = ((uint64_t)1 << 36) - 1;

/* Where the scopes of a unit are, or would be put. */
static size_t position_of(const struct scope_index *index, uint64_t unit) {
    size_t low = 0, high = index->unit_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (index->units[middle].unit < unit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct unit_scopes *scopes_of(const struct scope_index *index, uint64_t unit) {
    size_t at = position_of(index, unit);
    return at < index->unit_count && index->units[at].unit == unit ? &index->units[at] : NULL;
}

void scopes_begin(struct module *module, Dwarf_Die *root, struct scope_notes *notes) {
    *notes = (struct scope_notes){.unit = reference_of(module, root), .first = module->scopes.count};
    notes->known = !notes->unit || scopes_of(&module->scopes, notes->unit);
}

static bool is_walked(unsigned tag) {
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_enumeration_type ||
           tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static void note(struct scope_index *index, struct scope_notes *notes, unsigned depth, struct scope scope) {
    if (index->count >= NO_SCOPE || notes->depth >= DEEPEST_SCOPE ||
        !symbols_grow((void **)&index->scopes, &index->capacity, index->count, sizeof scope)) {
        notes->failed = true;
        return;
    }
    notes->depths[notes->depth] = depth;
    notes->open[notes->depth++] = (uint32_t)index->count;
    index->scopes[index->count++] = scope;
}

bool scopes_note(struct module *module, Dwarf_Die *die, unsigned depth, struct scope_notes *notes) {
    struct scope_index *index = &module->scopes;
    bool walked = is_walked(dwarf_tag(die));
    if (notes->known || notes->failed)
        return walked;
    uint64_t begin = dwarf_dieoffset(die) - (notes->unit & OFFSET_BITS);
    if (begin >= UINT32_MAX) {
        notes->failed = true;
        return walked;
    }
    /* A scope ends where the next DIE beside it, or beside what is around it, begins. */
    while (notes->depth > 0 && notes->depths[notes->depth - 1] >= depth)
        index->scopes[notes->open[--notes->depth]].end = (uint32_t)begin;
    uint32_t around = notes->depth > 0 ? notes->open[notes->depth - 1] : NO_SCOPE;
    if (dwarf_haschildren(die) > 0)
        note(index, notes, depth,
             (struct scope){.begin = (uint32_t)begin,
                            .end = UINT32_MAX,
                            .around = around & NO_SCOPE,
                            .walked = walked && depth < DEEPEST_SCOPE});
    return walked;
}

void scopes_end(struct module *module, const struct scope_notes *notes) {
    struct scope_index *index = &module->scopes;
    if (notes->known)
        return;
    if (!symbols_grow((void **)&index->units, &index->unit_capacity, index->unit_count, sizeof *index->units))
        return;
    size_t at = position_of(index, notes->unit);
    memmove(&index->units[at + 1], &index->units[at], (index->unit_count - at) * sizeof *index->units);
    index->units[at] = (struct unit_scopes){.unit = notes->unit,
                                            .first = (uint32_t)notes->first,
                                            .count = (uint32_t)(index->count - notes->first),
                                            .complete = !notes->failed};
    index->unit_count++;
}

void scopes_free(struct scope_index *index) {
    free(index->scopes);
    free(index->units);
}

static bool note_die(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    return scopes_note(module, die, depth, context);
}

static const struct unit_scopes *noted(struct module *module, Dwarf_Die *root) {
    uint64_t unit = reference_of(module, root);
    if (!unit)
        return NULL;
    const struct unit_scopes *found = scopes_of(&module->scopes, unit);
    if (!found) {
        struct scope_notes notes;
        scopes_begin(module, root, &notes);
        walk_below(module, root, DEEPEST_SCOPE, note_die, &notes);
        scopes_end(module, &notes);
        found = scopes_of(&module->scopes, unit);
    }
    return found && found->complete ? found : NULL;
}

struct path_search {
    uint64_t wanted;
    struct path *path;
    unsigned before; /* how much of the path is above the walk */
    bool found;
};

/* Goes only below the DIE whose descendants' offsets span the wanted one. */
static bool search_path(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    struct path_search *search = context;
    Dwarf_Off offset = dwarf_dieoffset(die);
    unsigned level = search->before + depth - 1;
    if (search->found || offset > search->wanted || level >= LONGEST_PATH)
        return false;
    if (offset == search->wanted) {
        search->found = true;
        search->path->count = level;
        return false;
    }
    search->path->around[level] = *die;
    Dwarf_Die next = *die;
    return !walk_sibling(module, &next) || dwarf_dieoffset(&next) > search->wanted;
}

/* By a walk from `top` on, which is the unit's DIE or the last of `path`. */
static bool find_below(struct module *module, Dwarf_Die *top, uint64_t wanted, struct path *path) {
    struct path_search search = {.wanted = wanted, .path = path, .before = path->count};
    walk_below(module, top, LONGEST_PATH - 1 - path->count, search_path, &search);
    return search.found;
}

/* The innermost of some scopes that has a DIE in it. */
static uint32_t innermost(const struct scope_index *index, const struct unit_scopes *unit, uint64_t wanted) {
    size_t low = unit->first, high = (size_t)unit->first + unit->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (index->scopes[middle].begin < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t scope = low > unit->first ? (uint32_t)low - 1 : NO_SCOPE;
    while (scope != NO_SCOPE && index->scopes[scope].end <= wanted)
        scope = index->scopes[scope].around;
    return scope;
}

bool find_path(struct module *module, Dwarf_Die *die, struct path *path) {
    Dwarf_Die root;
    path->count = 0;
    if (!dwarf_diecu(die, &root, NULL, NULL))
        return false;
    uint64_t wanted = dwarf_dieoffset(die);
    const struct unit_scopes *unit = noted(module, &root);
    if (!unit)
        return find_below(module, &root, wanted, path);
    const struct scope *scopes = module->scopes.scopes;
    uint32_t inner = innermost(&module->scopes, unit, wanted - dwarf_dieoffset(&root));
    for (uint32_t at = inner; at != NO_SCOPE; at = scopes[at].around)
        path->count++;
    unsigned level = path->count;
    for (uint32_t at = inner; at != NO_SCOPE; at = scopes[at].around)
        if (!die_of(module, unit->unit + scopes[at].begin, &path->around[--level]))
            return false;
    return inner == NO_SCOPE || scopes[inner].walked ||
           find_below(module, &path->around[path->count - 1], wanted, path);
}
