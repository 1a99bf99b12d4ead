/* Finding DIEs by name: each unit's names are indexed once, when first searched. */
#include "symbols.h"
#include <errno.h>
#include <string.h>

struct indexing {
    uint32_t unit;
    struct scope_notes notes;
};

static uint32_t kind_of(Dwarf_Die *die) {
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
        return has_code(die) ? FP_NAMED_FUNCTION : dwarf_hasattr(die, DW_AT_inline) ? FP_NAMED_INLINED : 0;
    case DW_TAG_variable:
        return FP_NAMED_VARIABLE;
    case DW_TAG_member:
        /* `static const int most = 10;` in a class, of which there may be nothing else (DWARF 4, 5.5.6). */
        return dwarf_hasattr(die, DW_AT_const_value) ? FP_NAMED_VARIABLE : 0;
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
    struct indexing *indexing = context;
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
    return scopes_note(module, die, depth, &indexing->notes);
}

static void index_unit(struct module *module, uint32_t number) {
    struct unit *unit = &module->units[number];
    if (unit->indexed)
        return;
    unit->indexed = true;
    struct indexing indexing = {.unit = number};
    scopes_begin(module, unit_root(unit), &indexing.notes);
    walk_below(module, unit_root(unit), DEEPEST_SCOPE, index_die, &indexing);
    scopes_end(module, &indexing.notes);
}

void index_units(struct module *module) {
    read_units(module);
    for (size_t unit = 0; unit < module->unit_count; unit++)
        index_unit(module, (uint32_t)unit);
}

static void put_as_named(struct module *module, Dwarf_Die *die, uint32_t unit, uint32_t kind) {
    put_u32(&module->answer, unit);
    put_u32(&module->answer, kind);
    put_qualifier(module, die);
    put_die(module, die, 0);
}

void put_named(struct module *module, const struct name_entry *entry) {
    Dwarf_Die die;
    if (!die_of(module, entry->value, &die))
        return;
    struct path path;
    if (entry->kind == FP_NAMED_ENUMERATOR && find_path(module, &die, &path) && path.count > 0)
        put_as_named(module, &path.around[path.count - 1], entry->unit, FP_NAMED_TYPE);
    put_as_named(module, &die, entry->unit, entry->kind);
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
    if (number < 0)
        index_units(module);
    else
        index_unit(module, (uint32_t)number);
    const struct name_index *index = &module->die_names;
    for (uint32_t at = name_index_first(index, name); at != NAME_NONE;
         at = name_index_next(index, at, name)) {
        const struct name_entry *entry = &index->entries[at];
        if ((entry->kind & (uint32_t)kinds) && (number < 0 || entry->unit == (uint32_t)number))
            put_named(module, entry);
    }
    return deliver(&module->answer, out, capacity);
}

static int put_prefixed(struct answer *answer, const char *name, const char *prefix, uint32_t kind) {
    if (strncmp(name, prefix, strlen(prefix)) != 0)
        return 0;
    put_u32(answer, kind);
    put_string(answer, name);
    return 1;
}

int64_t fp_symbols_prefixed(int64_t handle, const char *prefix, int32_t kinds, int32_t most, uint8_t *out,
                            int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    read_symbols(module);
    index_units(module);
    int32_t found = 0;
    for (uint32_t at = 0; at < module->die_names.count && found < most; at++) {
        const struct name_entry *entry = &module->die_names.entries[at];
        if (entry->kind & (uint32_t)kinds)
            found += put_prefixed(&module->answer, entry->name, prefix, entry->kind);
    }
    for (size_t at = 0; at < module->symbol_count && found < most; at++) {
        const struct elf_symbol *symbol = &module->symbols[at];
        uint32_t kind = symbol->type == STT_FUNC || symbol->type == STT_GNU_IFUNC ? FP_NAMED_FUNCTION
                        : symbol->type == STT_OBJECT || symbol->type == STT_TLS   ? FP_NAMED_VARIABLE
                                                                                  : 0;
        if (kind & (uint32_t)kinds)
            found += put_prefixed(&module->answer, symbol->name, prefix, kind);
    }
    return deliver(&module->answer, out, capacity);
}
