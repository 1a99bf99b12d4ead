/* DWARF expressions and location lists. */
#include "symbols.h"
#include <errno.h>
#include <string.h>

enum { DEEPEST_NESTING = 4 };

static void put_op(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op, int nesting);

struct operand_type {
    uint8_t size, encoding, binary128;
    uint64_t reference;
};

/* The base type of DW_OP_const_type, _regval_type, _deref_type, _convert and _reinterpret. */
static struct operand_type operand_type(struct module *module, Dwarf_Attribute *attribute,
                                        const Dwarf_Op *op) {
    struct operand_type type = {0};
    Dwarf_Die die;
    if (!attribute || dwarf_getlocation_die(attribute, op, &die) != 0)
        return type;
    Dwarf_Attribute encoding;
    Dwarf_Word value;
    int size = dwarf_bytesize(&die);
    if (size > 0 && size < 256)
        type.size = (uint8_t)size;
    if (dwarf_attr(&die, DW_AT_encoding, &encoding) && dwarf_formudata(&encoding, &value) == 0)
        type.encoding = (uint8_t)value;
    const char *name = dwarf_diename(&die);
    type.binary128 = name && strstr(name, "128") ? 1 : 0;
    type.reference = reference_of(module, &die);
    return type;
}

static void put_op_record(struct module *module, const Dwarf_Op *op, struct operand_type type, uint64_t first,
                          uint64_t second, const Dwarf_Block *block) {
    struct answer *answer = &module->answer;
    put_u8(answer, op->atom);
    put_u8(answer, type.size);
    put_u8(answer, type.encoding);
    put_u8(answer, type.binary128);
    put_u32(answer, (uint32_t)op->offset);
    put_u64(answer, first);
    put_u64(answer, second);
    put_u32(answer, (uint32_t)block->length);
    put_u32(answer, 0);
    put_bytes(answer, block->data, block->length);
}

static void put_plain(struct module *module, const Dwarf_Op *op) {
    put_op_record(module, op, (struct operand_type){0}, op->number, op->number2, &(Dwarf_Block){0});
}

static void put_typed(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op) {
    struct operand_type type = operand_type(module, attribute, op);
    Dwarf_Block block = {0};
    Dwarf_Attribute value;
    bool constant = op->atom == DW_OP_const_type || op->atom == DW_OP_GNU_const_type;
    if (constant && attribute && dwarf_getlocation_attr(attribute, op, &value) == 0)
        dwarf_formblock(&value, &block);
    bool first = op->atom == DW_OP_convert || op->atom == DW_OP_reinterpret ||
                 op->atom == DW_OP_GNU_convert || op->atom == DW_OP_GNU_reinterpret || constant;
    if (first)
        put_op_record(module, op, type, type.reference, 0, &block);
    else
        put_op_record(module, op, type, op->number, type.reference, &block);
}

static void put_pool_constant(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op) {
    bool address = op->atom == DW_OP_addrx || op->atom == DW_OP_GNU_addr_index;
    Dwarf_Attribute entry;
    Dwarf_Addr value;
    Dwarf_Word word;
    if (!attribute || dwarf_getlocation_attr(attribute, op, &entry) != 0) {
        put_plain(module, op);
        return;
    }
    Dwarf_Op plain = *op;
    plain.number2 = 0;
    if (dwarf_formaddr(&entry, &value) == 0)
        plain.number = value;
    else if (dwarf_formudata(&entry, &word) == 0)
        plain.number = word;
    plain.atom = address ? DW_OP_addr : DW_OP_const8u;
    put_plain(module, &plain);
}

static void put_entry_value(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op,
                            int nesting) {
    put_op_record(module, op, (struct operand_type){0}, 0, 0, &(Dwarf_Block){0});
    size_t count_at = module->answer.length - 4;
    Dwarf_Attribute nested;
    Dwarf_Op *ops;
    size_t count;
    if (nesting >= DEEPEST_NESTING || !attribute || dwarf_getlocation_attr(attribute, op, &nested) != 0 ||
        dwarf_getlocation(&nested, &ops, &count) != 0)
        return;
    for (size_t at = 0; at < count; at++)
        put_op(module, &nested, &ops[at], nesting + 1);
    patch_u32(&module->answer, count_at, (uint32_t)count);
}

static void put_die_op(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op) {
    Dwarf_Die die;
    uint64_t reference = 0;
    if (attribute && dwarf_getlocation_die(attribute, op, &die) == 0)
        reference = reference_of(module, &die);
    put_op_record(module, op, (struct operand_type){0}, reference, op->number2, &(Dwarf_Block){0});
}

static void put_implicit_value(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op) {
    Dwarf_Block block = {0};
    if (attribute)
        dwarf_getlocation_implicit_value(attribute, op, &block);
    put_op_record(module, op, (struct operand_type){0}, block.length, 0, &block);
}

static void put_op(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *op, int nesting) {
    switch (op->atom) {
    case DW_OP_implicit_value:
        put_implicit_value(module, attribute, op);
        return;
    case DW_OP_entry_value:
    case DW_OP_GNU_entry_value:
        put_entry_value(module, attribute, op, nesting);
        return;
    case DW_OP_addrx:
    case DW_OP_constx:
    case DW_OP_GNU_addr_index:
    case DW_OP_GNU_const_index:
        put_pool_constant(module, attribute, op);
        return;
    case DW_OP_const_type:
    case DW_OP_regval_type:
    case DW_OP_deref_type:
    case DW_OP_convert:
    case DW_OP_reinterpret:
    case DW_OP_GNU_const_type:
    case DW_OP_GNU_regval_type:
    case DW_OP_GNU_deref_type:
    case DW_OP_GNU_convert:
    case DW_OP_GNU_reinterpret:
        put_typed(module, attribute, op);
        return;
    case DW_OP_call2:
    case DW_OP_call4:
    case DW_OP_call_ref:
    case DW_OP_implicit_pointer:
    case DW_OP_GNU_implicit_pointer:
    case DW_OP_GNU_parameter_ref:
    case DW_OP_GNU_variable_value:
        put_die_op(module, attribute, op);
        return;
    default:
        put_plain(module, op);
    }
}

void put_ops(struct module *module, Dwarf_Attribute *attribute, const Dwarf_Op *ops, size_t count,
             int nesting) {
    put_u32(&module->answer, (uint32_t)count);
    for (size_t at = 0; at < count; at++)
        put_op(module, attribute, &ops[at], nesting);
}

int64_t fp_symbols_location(int64_t handle, int64_t reference, int32_t name, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    Dwarf_Die die;
    Dwarf_Attribute attribute;
    if (!die_of(module, (uint64_t)reference, &die) || !integrated_attribute(&die, (unsigned)name, &attribute))
        return -ENODATA;
    put_u32(&module->answer, 0);
    uint32_t entries = 0;
    ptrdiff_t at = 0;
    Dwarf_Addr base = 0, low, high;
    Dwarf_Op *ops;
    size_t count;
    for (;;) {
        ptrdiff_t next = dwarf_getlocations(&attribute, at, &base, &low, &high, &ops, &count);
        if (next < 0)
            next = symbols_uninit_entry(&attribute, at, &base, &low, &high, &ops, &count);
        at = next;
        if (at <= 0)
            break;
        put_u64(&module->answer, low);
        put_u64(&module->answer, high);
        put_ops(module, &attribute, ops, count, 0);
        entries++;
    }
    if (at < 0)
        symbols_damaged(module, "locations");
    patch_u32(&module->answer, 0, entries);
    return deliver(&module->answer, out, capacity);
}
