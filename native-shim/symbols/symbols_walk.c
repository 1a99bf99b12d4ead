/* Walking DIEs so that damaged trees end: offsets must grow, chains and depths are bounded. */
#include "symbols.h"
#include <stdlib.h>

enum { DEEPEST = 256, LONGEST_CHAIN = 16 };
static const size_t MOST_DIES = 20000000;

bool walk_child(struct module *module, Dwarf_Die *parent, Dwarf_Die *child) {
    int result = dwarf_child(parent, child);
    if (result < 0)
        symbols_damaged(module, "entries");
    return result == 0 && dwarf_tag(child) != DW_TAG_invalid;
}

bool walk_sibling(struct module *module, Dwarf_Die *die) {
    Dwarf_Off before = dwarf_dieoffset(die);
    Dwarf_Die next;
    int result = dwarf_siblingof(die, &next);
    if (result < 0 ||
        (result == 0 && (dwarf_dieoffset(&next) <= before || dwarf_tag(&next) == DW_TAG_invalid))) {
        symbols_damaged(module, "entries");
        return false;
    }
    if (result == 0)
        *die = next;
    return result == 0;
}

void walk_below(struct module *module, Dwarf_Die *top, unsigned limit, walk_visitor visit, void *context) {
    Dwarf_Die stack[DEEPEST];
    if (limit > DEEPEST)
        limit = DEEPEST;
    if (limit == 0 || !walk_child(module, top, &stack[0]))
        return;
    unsigned depth = 0;
    for (size_t visited = 0; visited < MOST_DIES; visited++) {
        bool below = visit(module, &stack[depth], depth + 1, context);
        if (below && depth + 1 < limit && walk_child(module, &stack[depth], &stack[depth + 1])) {
            depth++;
            continue;
        }
        while (!walk_sibling(module, &stack[depth])) {
            if (depth == 0)
                return;
            depth--;
        }
    }
    symbols_damaged(module, "too many entries");
}

bool origin_of(Dwarf_Die *die, Dwarf_Die *origin) {
    Dwarf_Attribute attribute;
    if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
        !dwarf_attr(die, DW_AT_specification, &attribute))
        return false;
    return dwarf_formref_die(&attribute, origin) != NULL;
}

/* dwarf_attr_integrate with a bound: a damaged file can have an entry be its own origin. */
bool integrated_attribute(Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute) {
    Dwarf_Die link = *die;
    for (int step = 0; step < LONGEST_CHAIN; step++) {
        if (dwarf_attr(&link, name, attribute))
            return true;
        Dwarf_Die origin;
        if (!origin_of(&link, &origin))
            return false;
        link = origin;
    }
    return false;
}

const char *integrated_string(Dwarf_Die *die, unsigned name) {
    Dwarf_Attribute attribute;
    return integrated_attribute(die, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

static int64_t file_number(struct module *module, Dwarf *file) {
    for (size_t at = 0; at < module->file_count; at++)
        if (module->files[at] == file)
            return (int64_t)at;
    if (module->file_count > 0xffff)
        return -1;
    if ((module->file_count & (module->file_count - 1)) == 0) {
        size_t capacity = module->file_count ? module->file_count * 2 : 1;
        Dwarf **files = realloc(module->files, capacity * sizeof(Dwarf *));
        if (!files)
            return -1;
        module->files = files;
    }
    module->files[module->file_count] = file;
    return (int64_t)module->file_count++;
}

static bool in_debug_types(Dwarf_Die *die) {
    Dwarf_Half version = 0;
    uint8_t kind = 0;
    return dwarf_cu_info(die->cu, &version, &kind, NULL, NULL, NULL, NULL, NULL) == 0 && version < 5 &&
           (kind == DW_UT_type || kind == DW_UT_split_type);
}

uint64_t reference_of(struct module *module, Dwarf_Die *die) {
    int64_t file = file_number(module, dwarf_cu_getdwarf(die->cu));
    uint64_t offset = dwarf_dieoffset(die);
    if (file < 0 || offset >= (uint64_t)1 << 36)
        return 0;
    return offset | (uint64_t)in_debug_types(die) << 36 | (uint64_t)file << 37;
}

bool die_of(struct module *module, uint64_t reference, Dwarf_Die *die) {
    uint64_t file = reference >> 37, offset = reference & (((uint64_t)1 << 36) - 1);
    if (!symbols_dwarf(module) || file >= module->file_count)
        return false;
    Dwarf *dwarf = module->files[file];
    if (reference >> 36 & 1)
        return dwarf_offdie_types(dwarf, offset, die) != NULL;
    return dwarf_offdie(dwarf, offset, die) != NULL;
}

bool has_code(Dwarf_Die *die) { return dwarf_hasattr(die, DW_AT_low_pc) || dwarf_hasattr(die, DW_AT_ranges); }
