/* Finding DIEs by name: each unit's names are indexed once, when first searched. */
#include "symbols.h"
#include <errno.h>
#include <string.h>

/* Functions in functions. */
enum { DEEPEST_LEVEL = 8 };

struct indexing {
    uint32_t unit;
};

static uint32_t kind_of(Dwarf_Die *die) {
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
        return has_code(die) ? FP_NAMED_FUNCTION : dwarf_hasattr(die, DW_AT_inline) ? FP_NAMED_INLINED : 0;
    case DW_TAG_variable:
        return FP_NAMED_VARIABLE;
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_typedef:
    case DW_TAG_base_type:
    case DW_TAG_unspecified_type:
        return FP_NAMED_TYPE;
    case DW_TAG_enumerator:
        return FP_NAMED_ENUMERATOR;
    default:
        return 0;
    }
}

static void add_name(struct module *module, const char *name, Dwarf_Die *die, uint32_t unit, uint32_t kind) {
    if (name && name[0])
        name_index_add(&module->die_names,
                       (struct name_entry){
                           .name = name, .value = reference_of(module, die), .unit = unit, .kind = kind});
}

static bool index_die(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth;
    const struct indexing *indexing = context;
    uint32_t kind = kind_of(die);
    if (kind) {
        const char *name = integrated_string(die, DW_AT_name);
        add_name(module, name, die, indexing->unit, kind);
        if (kind == FP_NAMED_FUNCTION) {
            const char *linkage = integrated_string(die, DW_AT_linkage_name);
            if (linkage && (!name || strcmp(linkage, name) != 0))
                add_name(module, linkage, die, indexing->unit, kind);
        }
    }
    switch (dwarf_tag(die)) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_enumeration_type:
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
        return true;
    default:
        return false;
    }
}

static void index_unit(struct module *module, uint32_t number) {
    struct unit *unit = &module->units[number];
    if (unit->indexed)
        return;
    unit->indexed = true;
    struct indexing indexing = {.unit = number};
    walk_below(module, unit_root(unit), 16, index_die, &indexing);
}

struct parent_search {
    uint64_t wanted;
    Dwarf_Die path[64];
    unsigned depth;
    bool found;
};

/* Goes only below the DIE whose descendants' offsets span the wanted one. */
static bool search_parent(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    struct parent_search *search = context;
    Dwarf_Off offset = dwarf_dieoffset(die);
    if (search->found || offset > search->wanted || depth >= 64)
        return false;
    search->path[depth] = *die;
    if (offset == search->wanted) {
        search->found = true;
        search->depth = depth;
        return false;
    }
    Dwarf_Die next = *die;
    return !walk_sibling(module, &next) || dwarf_dieoffset(&next) > search->wanted;
}

static bool find_path(struct module *module, Dwarf_Die *die, struct parent_search *search) {
    Dwarf_Die unit;
    if (!dwarf_diecu(die, &unit, NULL, NULL))
        return false;
    search->wanted = dwarf_dieoffset(die);
    search->found = false;
    walk_below(module, &unit, 63, search_parent, search);
    return search->found;
}

static bool put_named(struct module *module, const struct name_entry *entry) {
    Dwarf_Die die;
    if (!die_of(module, entry->value, &die))
        return false;
    struct parent_search search;
    if (entry->kind == FP_NAMED_ENUMERATOR && find_path(module, &die, &search) && search.depth > 1) {
        put_u32(&module->answer, entry->unit);
        put_u32(&module->answer, FP_NAMED_TYPE);
        put_die(module, &search.path[search.depth - 1], 0);
    }
    put_u32(&module->answer, entry->unit);
    put_u32(&module->answer, entry->kind);
    put_die(module, &die, 0);
    return true;
}

int64_t fp_symbols_named(int64_t handle, const char *name, int32_t kinds, int64_t number, uint8_t *out,
                         int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    read_units(module);
    if (number >= 0 && !unit_number(module, number))
        return -ENODATA;
    for (size_t unit = 0; unit < module->unit_count; unit++)
        if (number < 0 || (size_t)number == unit)
            index_unit(module, (uint32_t)unit);
    const struct name_index *index = &module->die_names;
    for (uint32_t at = name_index_first(index, name); at != NAME_NONE;
         at = name_index_next(index, at, name)) {
        const struct name_entry *entry = &index->entries[at];
        if ((entry->kind & (uint32_t)kinds) && (number < 0 || entry->unit == (uint32_t)number))
            put_named(module, entry);
    }
    return deliver(&module->answer, out, capacity);
}

enum { MOST_PREFIXED = 10000 };

static int put_prefixed(struct answer *answer, const char *name, const char *prefix, uint32_t kind) {
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return 0;
    put_u32(answer, kind);
    put_string(answer, name);
    return 1;
}

int64_t fp_symbols_prefixed(int64_t handle, const char *prefix, int32_t kinds, uint8_t *out,
                            int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    read_symbols(module);
    read_units(module);
    for (size_t unit = 0; unit < module->unit_count; unit++)
        index_unit(module, (uint32_t)unit);
    int found = 0;
    for (uint32_t at = 0; at < module->die_names.count && found < MOST_PREFIXED; at++) {
        const struct name_entry *entry = &module->die_names.entries[at];
        if (entry->kind & (uint32_t)kinds)
            found += put_prefixed(&module->answer, entry->name, prefix, entry->kind);
    }
    for (size_t at = 0; at < module->symbol_count && found < MOST_PREFIXED; at++) {
        const struct elf_symbol *symbol = &module->symbols[at];
        uint32_t kind = symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC ? FP_NAMED_FUNCTION
                        : symbol->type == STT_OBJECT || symbol->type == STT_TLS   ? FP_NAMED_VARIABLE
                                                                                  : 0;
        if (kind & (uint32_t)kinds)
            found += put_prefixed(&module->answer, symbol->name, prefix, kind);
    }
    return deliver(&module->answer, out, capacity);
}

static bool is_lambda(struct module *module, Dwarf_Die *record) {
    Dwarf_Die child;
    for (bool there = walk_child(module, record, &child); there; there = walk_sibling(module, &child)) {
        const char *name = dwarf_tag(&child) == DW_TAG_subprogram ? dwarf_diename(&child) : NULL;
        if (name && strcmp(name, "operator()") == 0)
            return true;
    }
    return false;
}

/* NULL: what stands in it has no longer name for that. */
static const char *scope_name(struct module *module, Dwarf_Die *die) {
    const char *name = dwarf_diename(die);
    switch (dwarf_tag(die)) {
    case DW_TAG_namespace:
        return name ? name : "(anonymous namespace)";
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
        return name ? name : is_lambda(module, die) ? "{lambda}" : "(anonymous class)";
    default:
        return name;
    }
}

/* DW_AT_export_symbols (DWARF 5, 3.3.1); compilers give it in DWARF 4, too. */
static bool is_inline_namespace(Dwarf_Die *die) {
    return dwarf_tag(die) == DW_TAG_namespace && dwarf_hasattr(die, DW_AT_export_symbols);
}

/* A function that was declared elsewhere has around it what is around its declaration. */
static void put_around(struct module *module, Dwarf_Die die, unsigned level) {
    Dwarf_Die origin;
    for (int step = 0; step < 16 && origin_of(&die, &origin); step++)
        die = origin;
    struct parent_search search;
    if (!find_path(module, &die, &search))
        return;
    unsigned first = 1;
    for (unsigned depth = search.depth; depth-- > 1 && level < DEEPEST_LEVEL;)
        if (origin_of(&search.path[depth], &origin)) {
            put_around(module, search.path[depth], level + 1);
            first = depth;
            break;
        }
    for (unsigned depth = first; depth < search.depth; depth++) {
        const char *name = scope_name(module, &search.path[depth]);
        if (!name)
            continue;
        if (module->answer.length > 0)
            put_bytes(&module->answer, "::", 2);
        put_bytes(&module->answer, name, strlen(name));
        if (is_inline_namespace(&search.path[depth]))
            put_bytes(&module->answer, FP_INLINE_NAMESPACE, 1);
    }
}

int64_t fp_symbols_qualifier(int64_t handle, int64_t reference, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    Dwarf_Die die;
    if (!die_of(module, (uint64_t)reference, &die))
        return -ENODATA;
    put_around(module, die, 0);
    return deliver(&module->answer, out, capacity);
}
