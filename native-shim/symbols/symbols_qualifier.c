/* The names around a DIE. */
#include "symbols.h"
#include <errno.h>
#include <string.h>

/* Functions in functions. */
enum { DEEPEST_LEVEL = 8 };

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
static void put_around(struct module *module, Dwarf_Die die, unsigned level, size_t start) {
    Dwarf_Die origin;
    for (int step = 0; step < 16 && origin_of(&die, &origin); step++)
        die = origin;
    struct path path;
    if (!find_path(module, &die, &path))
        return;
    unsigned first = 0;
    for (unsigned at = path.count; at-- > 0 && level < DEEPEST_LEVEL;)
        if (origin_of(&path.around[at], &origin)) {
            put_around(module, path.around[at], level + 1, start);
            first = at;
            break;
        }
    for (unsigned at = first; at < path.count; at++) {
        const char *name = scope_name(module, &path.around[at]);
        if (!name)
            continue;
        if (module->answer.length > start)
            put_bytes(&module->answer, "::", 2);
        put_bytes(&module->answer, name, strlen(name));
        if (is_inline_namespace(&path.around[at]))
            put_bytes(&module->answer, FP_INLINE_NAMESPACE, 1);
    }
}

void put_qualifier(struct module *module, const Dwarf_Die *die) {
    size_t start = module->answer.length;
    put_u32(&module->answer, 0);
    put_around(module, *die, 0, start + 4);
    patch_u32(&module->answer, start, (uint32_t)(module->answer.length - start - 4));
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
    put_around(module, die, 0, 0);
    return deliver(&module->answer, out, capacity);
}
