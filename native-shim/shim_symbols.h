/*
 * ELF and DWARF through libdw, as flat records: see symbols.c and its neighbours.
 *
 * Modules. fp_symbols_open reads one ELF file and gives a handle (> 0) that every other function takes first;
 * a wrong handle is -EBADF. Nothing but the ELF header is read until a question needs it. All addresses are
 * the file's own.
 *
 * Results. A function that takes (out, capacity) returns the length in bytes of its answer. When that is at
 * most `capacity` the answer stands in `out`; when it is more, nothing was written and fp_symbols_fetch
 * copies the same answer, not computed again, into a larger buffer, as long as no other call on the same
 * handle came between. -ENODATA: the file has no such information. Damaged debug information is skipped, and
 * fp_symbols_damage says so.
 *
 * Layouts. All integers little-endian, no padding. string: u32 length, bytes (no terminator).
 *
 * Reference: a DIE as u64 below 2^53: bits 0-35 its offset in .debug_info, bit 36 set when that is
 * .debug_types, bits 37-52 which file (0: the main debug file; others are dwz alternates and .dwo files).
 *
 * die: u32 size of the whole record, u16 tag (DW_TAG_*), u16 depth below the DIE that was asked for, u64
 * reference, u64 reference of its DW_AT_abstract_origin or DW_AT_specification (0: none), then attributes up
 * to `size`. Attributes that only the origin has are given as the DIE's own. attribute: u16 name (DW_AT_*),
 * u16 class (FP_CLASS_*), u32 length, bytes.
 *
 * op: u8 code (DW_OP_*), u8 operand type's byte size (0: untyped), u8 its DW_ATE_* encoding, u8 1 if its
 * name has 128 in it (of floats of 16 bytes: no x87 long double), u32 offset in the expression, u64 operand
 * 1, u64 operand 2, u32 length of block, u32 count of nested ops, block, nested ops. DW_OP_addrx and
 * DW_OP_constx come as DW_OP_addr and DW_OP_const8u; an operand that names a DIE is a reference.
 */
#ifndef FORKPOINT_SHIM_SYMBOLS_H
#define FORKPOINT_SHIM_SYMBOLS_H

#include <stdint.h>

#ifndef FP_EXPORT
#define FP_EXPORT __attribute__((visibility("default")))
#endif

/* Classes of attribute values. */
enum {
    FP_CLASS_UNSIGNED = 1, /* 1, 2, 4 or 8 bytes: the width the form has (DW_FORM_udata: 8); also addresses */
    FP_CLASS_SIGNED = 2,   /* 8 bytes */
    FP_CLASS_STRING = 3,   /* bytes */
    FP_CLASS_REFERENCE = 4,  /* u64 reference */
    FP_CLASS_BLOCK = 5,      /* bytes */
    FP_CLASS_FLAG = 6,       /* no bytes: true */
    FP_CLASS_RANGES = 7,     /* pairs of u64 [low, high); stands under DW_AT_ranges */
    FP_CLASS_FILE = 8,       /* u64 index into the file table of the unit whose DIE reference, u64, follows */
    FP_CLASS_EXPRESSION = 9, /* u8: the first op's code; ask fp_symbols_location for all of it */
    FP_CLASS_LIST = 10,      /* no bytes: a location list */
};

/* Kinds of names that fp_symbols_named looks for: a mask. */
enum {
    FP_NAMED_FUNCTION = 1, /* with code of its own */
    FP_NAMED_VARIABLE = 2,
    FP_NAMED_TYPE = 4,
    FP_NAMED_ENUMERATOR = 8,
    FP_NAMED_INLINED = 16, /* the abstract instance of a function that was inlined */
};

/* Flags of a line table row. */
enum {
    FP_LINE_STATEMENT = 1,
    FP_LINE_END_SEQUENCE = 2,
    FP_LINE_PROLOGUE_END = 4,
    FP_LINE_EPILOGUE_BEGIN = 8
};

/* Kinds of register rules. */
enum { FP_RULE_UNDEFINED = 0, FP_RULE_SAME = 1, FP_RULE_SAVED_AT = 2, FP_RULE_VALUE = 3 };

/* Opens an ELF file. -ENOEXEC: libelf does not take it; -errno of open(2). */
FP_EXPORT int64_t fp_symbols_open(const char *path);
/* Opens an ELF image that stands in `image` (copied), as the vDSO's read from memory. */
FP_EXPORT int64_t fp_symbols_open_image(const char *name, const uint8_t *image, int64_t length);
FP_EXPORT int64_t fp_symbols_close(int64_t handle);
/* The last answer again: see Results above. */
FP_EXPORT int64_t fp_symbols_fetch(int64_t handle, uint8_t *out, int64_t capacity);

/* The path of the file that the debug information comes from. -ENODATA: there is none. */
FP_EXPORT int64_t fp_symbols_debug_file(int64_t handle, uint8_t *out, int64_t capacity);
/* What was wrong with the debug information as far as it was read; empty: nothing. */
FP_EXPORT int64_t fp_symbols_damage(int64_t handle, uint8_t *out, int64_t capacity);

/* A type of elf symbol beside STT_* (4 bits): an entry of the procedure linkage table, NAME@plt. */
enum { FP_SYMBOL_LINKAGE_STUB = 16 };

/* elf symbol: u64 value, u64 size, u64 end (of what it covers; 0: nothing), u8 STT_* type or
 * FP_SYMBOL_LINKAGE_STUB, u8 STB_*, string name. */
/* The nearest elf symbol at or below an address; a sized one must cover it. -ENODATA: none. */
FP_EXPORT int64_t fp_symbols_elf_at(int64_t handle, int64_t address, uint8_t *out, int64_t capacity);
/* All elf symbols of a name, globals first. */
FP_EXPORT int64_t fp_symbols_elf_named(int64_t handle, const char *name, uint8_t *out, int64_t capacity);
/* All elf symbols that have a text in their names. */
FP_EXPORT int64_t fp_symbols_elf_containing(int64_t handle, const char *text, uint8_t *out, int64_t capacity);

/* The number of units. */
FP_EXPORT int64_t fp_symbols_unit_count(int64_t handle);
/* The index of the unit that covers an address, or -ENODATA. */
FP_EXPORT int64_t fp_symbols_unit_at(int64_t handle, int64_t address);
/* The unit's DIE as a die record; then, when its DIEs are in a .dwo file, that file's unit DIE as another. */
FP_EXPORT int64_t fp_symbols_unit(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* die records of all functions of a unit that have code, depth 0 each. */
FP_EXPORT int64_t fp_symbols_unit_functions(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* die records of all variables of a unit outside functions, depth 0 each. */
FP_EXPORT int64_t fp_symbols_unit_variables(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* die records of the names that a unit gives to namespaces outside functions, depth 0 each. */
FP_EXPORT int64_t fp_symbols_unit_aliases(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* die records of all static variables of a unit's functions, depth 0 each. */
FP_EXPORT int64_t fp_symbols_unit_statics(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* die records of all calls in a unit that were inlined, of the function whose abstract instance is
 * `reference`. */
FP_EXPORT int64_t fp_symbols_inlined(int64_t handle, int64_t unit, int64_t reference, uint8_t *out,
                                     int64_t capacity);
/*
 * What has a name outside functions, in one unit or (-1) in all: u32 unit index, u32 kind (FP_NAMED_*),
 * string as fp_symbols_qualifier gives it, die record, repeated. An enumerator is preceded by a record of its
 * enumeration type (kind FP_NAMED_TYPE).
 */
FP_EXPORT int64_t fp_symbols_named(int64_t handle, const char *name, int32_t kinds, int64_t unit,
                                   uint8_t *out, int64_t capacity);

/*
 * What is of some kinds (FP_NAMED_* bits) and has a name that begins with `prefix`, from symbol tables and
 * all units: u32 kind, string name, repeated; names can come twice. No more than `most`.
 */
FP_EXPORT int64_t fp_symbols_prefixed(int64_t handle, const char *prefix, int32_t kinds, int32_t most,
                                      uint8_t *out, int64_t capacity);
/* The names that are `name` with template arguments and of something of some kinds in any unit: strings, each
 * once. */
FP_EXPORT int64_t fp_symbols_instances(int64_t handle, const char *name, int32_t kinds, uint8_t *out,
                                       int64_t capacity);
/* What has these names, as fp_symbols_named gives it. */
FP_EXPORT int64_t fp_symbols_instances_named(int64_t handle, const char *name, int32_t kinds, uint8_t *out,
                                             int64_t capacity);

/* The die record of a reference and of its descendants down to `depth` levels, in document order. */
FP_EXPORT int64_t fp_symbols_dies(int64_t handle, int64_t reference, int32_t depth, uint8_t *out,
                                  int64_t capacity);
/* Behind the name of an inline namespace in what fp_symbols_qualifier gives: no name has it. */
#define FP_INLINE_NAMESPACE "\001"
/* The names around a DIE, outermost first, joined by "::" ("" at file level). */
FP_EXPORT int64_t fp_symbols_qualifier(int64_t handle, int64_t reference, uint8_t *out, int64_t capacity);

/* A unit's file table by its DIE reference: string compilation directory, u32 count, count strings. */
FP_EXPORT int64_t fp_symbols_files(int64_t handle, int64_t reference, uint8_t *out, int64_t capacity);
/*
 * A unit's line table: its file table as above, u32 count of rows, rows sorted by address:
 * u64 address, u32 file index, u32 line, u16 column, u16 flags (FP_LINE_*).
 */
FP_EXPORT int64_t fp_symbols_lines(int64_t handle, int64_t unit, uint8_t *out, int64_t capacity);
/* For each unit with code: u32 unit, string compilation directory, u32 count, names of the files its rows
 * name. */
FP_EXPORT int64_t fp_symbols_source_files(int64_t handle, uint8_t *out, int64_t capacity);

/*
 * A DIE's location attribute `name` (DW_AT_location, DW_AT_frame_base, DW_AT_count, ...): u32 count of
 * entries, each u64 low, u64 high (0 and 2^64-1: everywhere), u32 count of ops, ops. -ENODATA: it has no such
 * attribute.
 */
FP_EXPORT int64_t fp_symbols_location(int64_t handle, int64_t reference, int32_t name, uint8_t *out,
                                      int64_t capacity);
/*
 * Call frame information for an address, from .eh_frame, else .debug_frame: u64 low, u64 high, u32 return
 * address register, u32 1 for a signal frame, u32 count of CFA ops, ops, u32 count of rules, each u32 DWARF
 * register, u32 kind (FP_RULE_*), u32 count of ops, ops (which push the CFA themselves). -ENODATA: none
 * covers it.
 */
FP_EXPORT int64_t fp_symbols_call_frame(int64_t handle, int64_t address, uint8_t *out, int64_t capacity);

#endif
