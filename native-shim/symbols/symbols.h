/* What the symbols*.c files share. */
#ifndef FORKPOINT_SYMBOLS_H
#define FORKPOINT_SYMBOLS_H

#include "shim_symbols.h"
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>

/* An answer being written. */
struct answer {
    uint8_t *bytes;
    size_t length, capacity;
    bool failed;
};

/* Entries by name; several may share one. Names are not copied. */
struct name_entry {
    const char *name;
    uint64_t value;
    uint32_t unit, next, hash;
    uint16_t kind;
    bool first_instance; /* the first of a name with template arguments */
};
struct name_index {
    struct name_entry *entries;
    uint32_t count, capacity;
    uint32_t *buckets;
    uint32_t bucket_count;
};

/* A name with template arguments: an entry of a name_index, and how much of the name stands before them. */
struct instance {
    uint32_t entry, length, next;
};
struct instance_index {
    struct instance *instances;
    size_t count, capacity;
    uint32_t *buckets;
    uint32_t bucket_count;
    uint32_t read; /* how many of the names' entries are in it */
};

/* A DIE with children outside functions; offsets are from the unit's DIE on. */
struct scope {
    uint32_t begin, end;
    uint32_t around : 31, walked : 1; /* walked: scopes in it are noted, too */
};
struct unit_scopes {
    uint64_t unit; /* the reference of its DIE */
    uint32_t first, count;
    bool complete;
};
struct scope_index {
    struct scope *scopes;
    size_t count, capacity;
    struct unit_scopes *units; /* sorted by `unit` */
    size_t unit_count, unit_capacity;
};

struct elf_symbol {
    uint64_t address, size, limit;
    const char *name;
    char *versionless; /* the name, where it is made here, and to be freed */
    uint8_t type, binding;
};

struct unit {
    Dwarf_Die die;
    Dwarf_Die root; /* die itself, or the unit DIE in the .dwo file */
    bool root_known, indexed;
};

struct unit_range {
    uint64_t low, high;
    uint32_t unit;
};

struct module {
    Dwfl *dwfl;
    Dwfl_Module *dwfl_module;
    Dwarf *dwarf;
    bool dwarf_sought, units_read, ranges_read, symbols_read;
    Dwarf **files; /* by the file number of references */
    size_t file_count;
    struct unit *units;
    size_t unit_count, unit_capacity;
    struct unit_range *ranges;
    size_t range_count, range_capacity;
    struct elf_symbol *symbols; /* all; `by_address` sorts those with an address */
    size_t symbol_count;
    uint32_t *by_address;
    size_t by_address_count;
    struct name_index symbol_names, die_names;
    struct instance_index instances; /* of die_names */
    struct scope_index scopes;
    char damage[200];
    struct answer answer;
};

/* symbols.c */
struct module *symbols_module(int64_t handle);
Dwarf *symbols_dwarf(struct module *module);
void symbols_damaged(struct module *module, const char *where);
bool symbols_grow(void **array, size_t *capacity, size_t count, size_t item);

/*
 * symbols_uninit.c
 * As dwarf_getlocations, of one entry of a location list that it cannot read at `offset` (0: the first). -1:
 * it is refused for something else than DW_OP_GNU_uninit.
 */
ptrdiff_t symbols_uninit_entry(Dwarf_Attribute *list, ptrdiff_t offset, Dwarf_Addr *base, Dwarf_Addr *low,
                               Dwarf_Addr *high, Dwarf_Op **ops, size_t *count);

/* symbols_answer.c */
void put_bytes(struct answer *answer, const void *bytes, size_t length);
void put_u8(struct answer *answer, uint8_t value);
void put_u16(struct answer *answer, uint16_t value);
void put_u32(struct answer *answer, uint32_t value);
void put_u64(struct answer *answer, uint64_t value);
void put_string(struct answer *answer, const char *text);
void patch_u32(struct answer *answer, size_t at, uint32_t value);
int64_t deliver(const struct answer *answer, uint8_t *out, int64_t capacity);

/* symbols_names.c */
uint32_t name_hash(const char *name, size_t length);
bool name_index_add(struct name_index *index, struct name_entry entry);
uint32_t name_index_first(const struct name_index *index, const char *name);
uint32_t name_index_next(const struct name_index *index, uint32_t at, const char *name);
void name_index_free(struct name_index *index);
enum { NAME_NONE = UINT32_MAX };

/* symbols_walk.c */
bool walk_child(struct module *module, Dwarf_Die *parent, Dwarf_Die *child);
bool walk_sibling(struct module *module, Dwarf_Die *die);
/* Calls visit for each descendant in document order; it returns whether to go below that DIE. */
typedef bool (*walk_visitor)(struct module *module, Dwarf_Die *die, unsigned depth, void *context);
void walk_below(struct module *module, Dwarf_Die *top, unsigned limit, walk_visitor visit, void *context);
bool origin_of(Dwarf_Die *die, Dwarf_Die *origin);
bool integrated_attribute(Dwarf_Die *die, unsigned name, Dwarf_Attribute *attribute);
const char *integrated_string(Dwarf_Die *die, unsigned name);
uint64_t reference_of(struct module *module, Dwarf_Die *die);
bool die_of(struct module *module, uint64_t reference, Dwarf_Die *die);
bool has_code(Dwarf_Die *die);

/* symbols_search.c */
void index_units(struct module *module);

/* As fp_symbols_named has it. */
void put_named(struct module *module, const struct name_entry *entry);

/* symbols_qualifier.c */
void put_qualifier(struct module *module, const Dwarf_Die *die);

/* symbols_instances.c */
void instances_free(struct instance_index *index);

/* symbols_scopes.c */
enum { DEEPEST_SCOPE = 16, LONGEST_PATH = 64 };
/* The scopes of a unit being noted. */
struct scope_notes {
    uint64_t unit;
    size_t first;
    uint32_t open[DEEPEST_SCOPE];
    unsigned depths[DEEPEST_SCOPE];
    unsigned depth;
    bool known, failed;
};
/* What is around a DIE in its unit, outermost first. */
struct path {
    Dwarf_Die around[LONGEST_PATH];
    unsigned count;
};
void scopes_begin(struct module *module, Dwarf_Die *root, struct scope_notes *notes);
/* For each DIE of a walk to DEEPEST_SCOPE; whether to go below it. */
bool scopes_note(struct module *module, Dwarf_Die *die, unsigned depth, struct scope_notes *notes);
void scopes_end(struct module *module, const struct scope_notes *notes);
void scopes_free(struct scope_index *index);
bool find_path(struct module *module, Dwarf_Die *die, struct path *path);

/* symbols_elf.c */
void read_symbols(struct module *module);
void free_symbols(struct module *module);

/* symbols_plt_x64.c: appends to the symbols that were read. */
void add_linkage_stubs(struct module *module);

/* symbols_units.c */
void read_units(struct module *module);
struct unit *unit_number(struct module *module, int64_t number);
Dwarf_Die *unit_root(struct unit *unit);

/* symbols_dies.c */
void put_die(struct module *module, Dwarf_Die *die, unsigned depth);

/* symbols_lines.c */
void put_file_table(struct module *module, Dwarf_Die *unit, Dwarf_Files *files, size_t count);

/* symbols_locations.c */
void put_ops(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *ops, size_t count,
             int nesting);

#endif
