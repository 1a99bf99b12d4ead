/* Units: which one covers an address, and what they define by name. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool add_unit(struct module *module, Dwarf_Die *die) {
    if (!symbols_grow((void **)&module->units, &module->unit_capacity, module->unit_count,
                      sizeof *module->units))
        return false;
    module->units[module->unit_count++] = (struct unit){.die = *die};
    return true;
}

static void read_units_of(struct module *module, Dwarf *dwarf) {
    Dwarf_CU *unit = NULL;
    for (;;) {
        Dwarf_CU *next;
        Dwarf_Die die;
        uint8_t kind;
        int result = dwarf_get_units(dwarf, unit, &next, NULL, &kind, &die, NULL);
        if (result < 0)
            symbols_damaged(module, "unit headers");
        if (result != 0)
            return;
        unit = next;
        if (!die.cu || dwarf_tag(&die) == DW_TAG_invalid)
            symbols_damaged(module, "unit entries");
        else if (!add_unit(module, &die))
            return;
    }
}

void read_units(struct module *module) {
    if (module->units_read || !symbols_dwarf(module))
        return;
    module->units_read = true;
    read_units_of(module, module->dwarf);
    Dwarf_Die first;
    if (module->unit_count > 0) {
        first = module->units[0].die;
        reference_of(module, &first); /* makes the main file number 0 */
    }
    Dwarf *alternate = dwarf_getalt(module->dwarf);
    if (alternate)
        read_units_of(module, alternate);
}

struct unit *unit_number(struct module *module, int64_t number) {
    read_units(module);
    return number >= 0 && (size_t)number < module->unit_count ? &module->units[number] : NULL;
}

Dwarf_Die *unit_root(struct unit *unit) {
    if (unit->root_known)
        return &unit->root;
    unit->root_known = true;
    unit->root = unit->die;
    uint8_t kind;
    Dwarf_Die split;
    memset(&split, 0, sizeof split);
    if (dwarf_cu_info(unit->die.cu, NULL, &kind, NULL, &split, NULL, NULL, NULL) == 0 &&
        kind == DW_UT_skeleton && split.cu && dwarf_tag(&split) != DW_TAG_invalid)
        unit->root = split;
    return &unit->root;
}

static bool add_range(struct module *module, uint64_t low, uint64_t high, uint32_t unit) {
    if (!symbols_grow((void **)&module->ranges, &module->range_capacity, module->range_count,
                      sizeof *module->ranges))
        return false;
    module->ranges[module->range_count++] = (struct unit_range){low, high, unit};
    return true;
}

/* Some producers state no range on a unit: its functions' are taken instead. */
static bool add_function_ranges(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth;
    Dwarf_Addr base, low, high;
    if (dwarf_tag(die) == DW_TAG_subprogram && has_code(die))
        for (ptrdiff_t at = 0; (at = dwarf_ranges(die, at, &base, &low, &high)) > 0;)
            if (low < high)
                add_range(module, low, high, *(uint32_t *)context);
    return dwarf_tag(die) == DW_TAG_namespace;
}

static void read_unit_ranges(struct module *module, uint32_t number) {
    Dwarf_Die die = module->units[number].die;
    size_t before = module->range_count;
    Dwarf_Addr base, low, high;
    ptrdiff_t at = 0;
    while ((at = dwarf_ranges(&die, at, &base, &low, &high)) > 0)
        if (low < high && low != 0)
            add_range(module, low, high, number);
    if (at < 0)
        symbols_damaged(module, "address ranges");
    if (module->range_count == before && dwarf_tag(&die) == DW_TAG_compile_unit)
        walk_below(module, unit_root(&module->units[number]), 8, add_function_ranges, &number);
}

static int compare_ranges(const void *left, const void *right) {
    const struct unit_range *a = left, *b = right;
    if (a->low != b->low)
        return a->low < b->low ? -1 : 1;
    return a->high < b->high ? 1 : a->high > b->high ? -1 : 0;
}

static void read_ranges(struct module *module) {
    if (module->ranges_read)
        return;
    module->ranges_read = true;
    read_units(module);
    for (size_t number = 0; number < module->unit_count; number++)
        read_unit_ranges(module, (uint32_t)number);
    if (module->range_count > 1)
        qsort(module->ranges, module->range_count, sizeof *module->ranges, compare_ranges);
}

int64_t fp_symbols_unit_count(int64_t handle) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    read_units(module);
    return (int64_t)module->unit_count;
}

int64_t fp_symbols_unit_at(int64_t handle, int64_t address) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    read_ranges(module);
    size_t low = 0, high = module->range_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (module->ranges[middle].low <= (uint64_t)address)
            low = middle + 1;
        else
            high = middle;
    }
    /* Damaged or folded code can make ranges overlap: a few neighbours below are tried. */
    for (int tries = 0; low > 0 && tries < 16; tries++)
        if ((uint64_t)address < module->ranges[--low].high)
            return module->ranges[low].unit;
    return -ENODATA;
}

static struct unit *begin(int64_t handle, int64_t number, struct module **module) {
    *module = symbols_module(handle);
    if (!*module)
        return NULL;
    (*module)->answer.length = 0;
    (*module)->answer.failed = false;
    return unit_number(*module, number);
}

int64_t fp_symbols_unit(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    struct module *module;
    struct unit *unit = begin(handle, number, &module);
    if (!unit)
        return module ? -ENODATA : -EBADF;
    put_die(module, &unit->die, 0);
    Dwarf_Die *root = unit_root(unit);
    if (root->cu != unit->die.cu)
        put_die(module, root, 0);
    return deliver(&module->answer, out, capacity);
}

/* Classes in functions in classes; namespaces in namespaces. */
enum { DEEP = 64, NAMESPACES = 16 };

static bool is_namespace(unsigned tag) { return tag == DW_TAG_namespace || tag == DW_TAG_module; }

static bool is_record(unsigned tag) {
    return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static bool put_function(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth, (void)context;
    unsigned tag = dwarf_tag(die);
    if (tag == DW_TAG_subprogram && has_code(die))
        put_die(module, die, 0);
    /* GCC has those of lambdas, and functions within functions, below the function that they are written in.
     */
    return is_namespace(tag) || is_record(tag) || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block;
}

static bool put_variable(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth, (void)context;
    unsigned tag = dwarf_tag(die);
    if (tag == DW_TAG_variable)
        put_die(module, die, 0);
    return is_namespace(tag);
}

/* Where an answer goes. */
struct room {
    uint8_t *out;
    int64_t capacity;
};

/* What a visitor puts of a unit's DIEs. */
static int64_t walk_unit(int64_t handle, int64_t number, unsigned limit, walk_visitor visit,
                         struct room room) {
    struct module *module;
    struct unit *unit = begin(handle, number, &module);
    if (!unit)
        return module ? -ENODATA : -EBADF;
    walk_below(module, unit_root(unit), limit, visit, NULL);
    return deliver(&module->answer, room.out, room.capacity);
}

int64_t fp_symbols_unit_functions(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    return walk_unit(handle, number, DEEP, put_function, (struct room){out, capacity});
}

int64_t fp_symbols_unit_variables(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    return walk_unit(handle, number, NAMESPACES, put_variable, (struct room){out, capacity});
}

static bool put_alias(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth, (void)context;
    const unsigned tag = dwarf_tag(die);
    if (tag == DW_TAG_imported_declaration && dwarf_hasattr(die, DW_AT_name))
        put_die(module, die, 0);
    return is_namespace(tag);
}

int64_t fp_symbols_unit_aliases(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    return walk_unit(handle, number, NAMESPACES, put_alias, (struct room){out, capacity});
}

/* Whether a variable is at one place in memory, as static ones are; of others the location is on the stack.
 */
static bool has_address(Dwarf_Die *die) {
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &attribute) ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count == 0)
        return false;
    uint8_t first = operations[0].atom, last = operations[count - 1].atom;
    return first == DW_OP_addr || first == DW_OP_addrx || first == DW_OP_GNU_addr_index ||
           last == DW_OP_form_tls_address || last == DW_OP_GNU_push_tls_address;
}

/* `context`: the depth of the function that the walk is in, zero outside of any. */
static bool put_static(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    unsigned *function = context, tag = dwarf_tag(die);
    if (depth <= *function)
        *function = 0;
    if (tag == DW_TAG_variable && *function && has_address(die))
        put_die(module, die, 0);
    if (tag == DW_TAG_subprogram && !*function)
        *function = depth;
    return is_namespace(tag) || is_record(tag) || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block ||
           tag == DW_TAG_inlined_subroutine;
}

int64_t fp_symbols_unit_statics(int64_t handle, int64_t number, uint8_t *out, int64_t capacity) {
    struct module *module;
    struct unit *unit = begin(handle, number, &module);
    if (!unit)
        return module ? -ENODATA : -EBADF;
    unsigned function = 0;
    walk_below(module, unit_root(unit), DEEP, put_static, &function);
    return deliver(&module->answer, out, capacity);
}

static bool put_inlined(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)depth;
    Dwarf_Die origin;
    unsigned tag = dwarf_tag(die);
    if (tag == DW_TAG_inlined_subroutine && origin_of(die, &origin) &&
        reference_of(module, &origin) == *(const uint64_t *)context)
        put_die(module, die, 0);
    return tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
           is_namespace(tag) || is_record(tag);
}

int64_t fp_symbols_inlined(int64_t handle, int64_t number, int64_t reference, uint8_t *out,
                           int64_t capacity) {
    struct module *module;
    struct unit *unit = begin(handle, number, &module);
    if (!unit)
        return module ? -ENODATA : -EBADF;
    uint64_t wanted = (uint64_t)reference;
    walk_below(module, unit_root(unit), 255, put_inlined, &wanted);
    return deliver(&module->answer, out, capacity);
}
