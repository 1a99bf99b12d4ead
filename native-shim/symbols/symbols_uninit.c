/*
 * Entries of location lists that libdw refuses for DW_OP_GNU_uninit (0xf0), by which GCC marks what may not
 * be set yet, in registers of optimized code above all: `reg5, uninit, piece 8`. They are read here with
 * DW_OP_nop in its place.
 */
#include "symbols.h"
#include <gelf.h>
#include <string.h>
#include <sys/mman.h>

enum { UNINIT = 0xf0, ARENA_BYTES = 1 << 16, LONGEST_LEB128 = 10 };

struct cursor {
    const uint8_t *at, *end;
    bool failed;
};

static uint64_t take(struct cursor *cursor, size_t bytes) {
    uint64_t value = 0;
    if ((size_t)(cursor->end - cursor->at) < bytes) {
        cursor->failed = true;
        return 0;
    }
    memcpy(&value, cursor->at, bytes);
    cursor->at += bytes;
    return value;
}

static uint64_t take_leb128(struct cursor *cursor) {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 7 * LONGEST_LEB128; shift += 7) {
        uint8_t byte = (uint8_t)take(cursor, 1);
        if (shift < 64)
            value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    cursor->failed = true;
    return 0;
}

static void skip(struct cursor *cursor, uint64_t bytes) {
    if ((uint64_t)(cursor->end - cursor->at) < bytes)
        cursor->failed = true;
    else
        cursor->at += bytes;
}

/* What follows an op: numbers of bytes as digits, l for LEB128, b for a block behind its length in LEB128, c
 * in one byte. */
static const char *operands_of(uint8_t op) {
    if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
        return "l";
    switch (op) {
    case DW_OP_const1u:
    case DW_OP_const1s:
    case DW_OP_pick:
    case DW_OP_deref_size:
    case DW_OP_xderef_size:
        return "1";
    case DW_OP_const2u:
    case DW_OP_const2s:
    case DW_OP_bra:
    case DW_OP_skip:
    case DW_OP_call2:
        return "2";
    case DW_OP_const4u:
    case DW_OP_const4s:
    case DW_OP_call4:
    case DW_OP_call_ref:
    case DW_OP_GNU_parameter_ref:
    case DW_OP_GNU_variable_value:
        return "4";
    case DW_OP_addr:
    case DW_OP_const8u:
    case DW_OP_const8s:
        return "8";
    case DW_OP_constu:
    case DW_OP_consts:
    case DW_OP_plus_uconst:
    case DW_OP_regx:
    case DW_OP_fbreg:
    case DW_OP_piece:
    case DW_OP_addrx:
    case DW_OP_constx:
    case DW_OP_convert:
    case DW_OP_reinterpret:
    case DW_OP_GNU_convert:
    case DW_OP_GNU_reinterpret:
    case DW_OP_GNU_addr_index:
    case DW_OP_GNU_const_index:
        return "l";
    case DW_OP_bregx:
    case DW_OP_bit_piece:
    case DW_OP_regval_type:
    case DW_OP_GNU_regval_type:
        return "ll";
    case DW_OP_implicit_pointer:
    case DW_OP_GNU_implicit_pointer:
        return "4l";
    case DW_OP_deref_type:
    case DW_OP_GNU_deref_type:
        return "1l";
    case DW_OP_implicit_value:
    case DW_OP_entry_value:
    case DW_OP_GNU_entry_value:
        return "b";
    case DW_OP_const_type:
    case DW_OP_GNU_const_type:
        return "lc";
    default:
        return "";
    }
}

/* Puts DW_OP_nop in the place of each; false: there is none, or the expression cannot be read. */
static bool replace_marks(uint8_t *ops, size_t length) {
    struct cursor cursor = {.at = ops, .end = ops + length};
    bool any = false;
    while (cursor.at < cursor.end && !cursor.failed) {
        uint8_t *op = ops + (cursor.at - ops);
        take(&cursor, 1);
        if (*op == UNINIT) {
            *op = DW_OP_nop;
            any = true;
            continue;
        }
        for (const char *operand = operands_of(*op); *operand; operand++) {
            if (*operand == 'b')
                skip(&cursor, take_leb128(&cursor));
            else if (*operand == 'c')
                skip(&cursor, take(&cursor, 1));
            else if (*operand == 'l')
                take_leb128(&cursor);
            else
                take(&cursor, (size_t)(*operand - '0'));
        }
    }
    return any && !cursor.failed;
}

/* Memory below that of any file, which libdw compares it with; it stays, since libdw keeps what it has read
 * by its address. */
static uint8_t *lasting_bytes(size_t length) {
    static uint8_t *arena;
    static size_t used = ARENA_BYTES;
    if (length > ARENA_BYTES)
        return NULL;
    if (ARENA_BYTES - used < length) {
        void *made =
            mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        if (made == MAP_FAILED)
            return NULL;
        arena = made;
        used = 0;
    }
    used += length;
    return arena + used - length;
}

static bool readable_ops(const Dwarf_Attribute *list, const uint8_t *block, uint64_t length, Dwarf_Op **ops,
                         size_t *count) {
    uint8_t *copy = length < ARENA_BYTES ? lasting_bytes(length + 4) : NULL;
    if (!copy)
        return false;
    copy[0] = (uint8_t)(0x80 | (length & 0x7f));
    copy[1] = (uint8_t)(0x80 | (length >> 7 & 0x7f));
    copy[2] = (uint8_t)(length >> 14);
    memcpy(copy + 3, block, length);
    if (!replace_marks(copy + 3, length))
        return false;
    Dwarf_Attribute attribute = {.code = list->code, .form = DW_FORM_exprloc, .valp = copy, .cu = list->cu};
    return dwarf_getlocation(&attribute, ops, count) == 0;
}

static bool section_of(Dwarf *dwarf, const char *wanted, struct cursor *bytes) {
    Elf *elf = dwarf_getelf(dwarf);
    size_t names;
    if (!elf || elf_getshdrstrndx(elf, &names) != 0)
        return false;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, names, header.sh_name) : NULL;
        Elf_Data *data = name && strcmp(name, wanted) == 0 ? elf_rawdata(section, NULL) : NULL;
        if (data && data->d_buf) {
            *bytes = (struct cursor){.at = data->d_buf, .end = (uint8_t *)data->d_buf + data->d_size};
            return true;
        }
    }
    return false;
}

/* The range of the next entry (DWARF 5, 2.6.2; DWARF 4, 2.6.2), and the length of its expression; false:
 * another kind. */
static bool next_range(struct cursor *cursor, unsigned version, Dwarf_Addr *base, Dwarf_Addr *low,
                       Dwarf_Addr *high, uint64_t *length) {
    while (!cursor->failed) {
        uint8_t kind = version >= 5 ? (uint8_t)take(cursor, 1) : 0;
        if (version < 5) {
            uint64_t first = take(cursor, 8), second = take(cursor, 8);
            if (first == UINT64_MAX) {
                *base = second;
                continue;
            }
            *low = *base + first;
            *high = *base + second;
            *length = take(cursor, 2);
            return !cursor->failed && (first | second) != 0;
        }
        if (kind == DW_LLE_base_address) {
            *base = take(cursor, 8);
            continue;
        }
        bool pair = kind == DW_LLE_offset_pair;
        if (!pair && kind != DW_LLE_start_end && kind != DW_LLE_start_length)
            return false;
        *low = pair ? *base + take_leb128(cursor) : take(cursor, 8);
        *high = pair                       ? *base + take_leb128(cursor)
                : kind == DW_LLE_start_end ? take(cursor, 8)
                                           : *low + take_leb128(cursor);
        *length = take_leb128(cursor);
        return !cursor->failed;
    }
    return false;
}

ptrdiff_t symbols_uninit_entry(Dwarf_Attribute *list, ptrdiff_t offset, Dwarf_Addr *base, Dwarf_Addr *low,
                               Dwarf_Addr *high, Dwarf_Op **ops, size_t *count) {
    Dwarf_Die unit;
    Dwarf_Half version = 0;
    Dwarf_Word start = 0;
    struct cursor section;
    if (!list->cu || dwarf_cu_info(list->cu, &version, NULL, &unit, NULL, NULL, NULL, NULL) != 0 ||
        !section_of(dwarf_cu_getdwarf(list->cu), version >= 5 ? ".debug_loclists" : ".debug_loc", &section))
        return -1;
    if (offset == 0) {
        if (list->form != DW_FORM_sec_offset || dwarf_formudata(list, &start) != 0)
            return -1;
        offset = (ptrdiff_t)start;
        if (dwarf_lowpc(&unit, base) != 0)
            *base = 0;
    }
    struct cursor cursor = section;
    uint64_t length = 0;
    skip(&cursor, (uint64_t)offset);
    if (!next_range(&cursor, version, base, low, high, &length) ||
        (uint64_t)(cursor.end - cursor.at) < length || !readable_ops(list, cursor.at, length, ops, count))
        return -1;
    return cursor.at + length - section.at;
}
