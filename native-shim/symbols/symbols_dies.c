/* DIEs as flat records. */
#include "symbols.h"
#include <errno.h>
#include <string.h>

enum { MOST_ATTRIBUTES = 96, LONGEST_CHAIN = 16 };

struct writing {
    struct module *module;
    Dwarf_Die *die; /* the link of the origin chain whose attributes are written */
    bool own;       /* the link is the DIE itself */
    unsigned count;
    uint16_t seen[MOST_ATTRIBUTES];
};

static void put_attribute(struct answer *answer, unsigned name, unsigned class, const void *bytes,
                          size_t length) {
    put_u16(answer, (uint16_t)name);
    put_u16(answer, (uint16_t) class);
    put_u32(answer, (uint32_t)length);
    put_bytes(answer, bytes, length);
}

static void put_number(struct answer *answer, unsigned name, unsigned class, uint64_t value, size_t width) {
    put_attribute(answer, name, class, &value, width);
}

static size_t width_of(unsigned form) {
    switch (form) {
    case DW_FORM_data1:
        return 1;
    case DW_FORM_data2:
        return 2;
    case DW_FORM_data4:
        return 4;
    default:
        return 8;
    }
}

static void put_reference(struct writing *writing, Dwarf_Attribute *attribute, unsigned name) {
    Dwarf_Die target;
    if (dwarf_formref_die(attribute, &target))
        put_number(&writing->module->answer, name, FP_CLASS_REFERENCE, reference_of(writing->module, &target),
                   8);
    else
        symbols_damaged(writing->module, "references");
}

static void put_file(struct writing *writing, unsigned name, uint64_t index) {
    Dwarf_Die unit;
    uint64_t file[2] = {index, 0};
    if (dwarf_diecu(writing->die, &unit, NULL, NULL))
        file[1] = reference_of(writing->module, &unit);
    put_attribute(&writing->module->answer, name, FP_CLASS_FILE, file, sizeof file);
}

static void put_constant(struct writing *writing, Dwarf_Attribute *attribute, unsigned name, unsigned form) {
    struct answer *answer = &writing->module->answer;
    bool is_signed = form == DW_FORM_sdata || form == DW_FORM_implicit_const;
    Dwarf_Word value;
    Dwarf_Sword signed_value;
    if (is_signed ? dwarf_formsdata(attribute, &signed_value) : dwarf_formudata(attribute, &value))
        return;
    if (is_signed)
        value = (Dwarf_Word)signed_value;
    if (name == DW_AT_decl_file || name == DW_AT_call_file)
        put_file(writing, name, value);
    else
        put_number(answer, name, is_signed ? FP_CLASS_SIGNED : FP_CLASS_UNSIGNED, value, width_of(form));
}

static void put_expression(struct writing *writing, Dwarf_Attribute *attribute, unsigned name) {
    Dwarf_Block block;
    if (dwarf_formblock(attribute, &block) != 0)
        return;
    if (name == DW_AT_const_value || name == DW_AT_discr_value || name == DW_AT_discr_list)
        put_attribute(&writing->module->answer, name, FP_CLASS_BLOCK, block.data, block.length);
    else
        put_number(&writing->module->answer, name, FP_CLASS_EXPRESSION, block.length ? block.data[0] : 0, 1);
}

static void put_address(struct writing *writing, Dwarf_Attribute *attribute, unsigned name) {
    Dwarf_Addr address;
    if (dwarf_formaddr(attribute, &address) == 0)
        put_number(&writing->module->answer, name, FP_CLASS_UNSIGNED, address, 8);
}

static bool may_have_location(unsigned name) {
    switch (name) {
    case DW_AT_location:
    case DW_AT_frame_base:
    case DW_AT_data_member_location:
    case DW_AT_count:
    case DW_AT_upper_bound:
    case DW_AT_byte_size:
    case DW_AT_string_length:
        return true;
    default:
        return false;
    }
}

static void put_by_form(struct writing *writing, Dwarf_Attribute *attribute, unsigned name) {
    struct answer *answer = &writing->module->answer;
    unsigned form = dwarf_whatform(attribute);
    const char *text;
    bool flag;
    switch (form) {
    case DW_FORM_flag:
    case DW_FORM_flag_present:
        if (dwarf_formflag(attribute, &flag) == 0 && flag)
            put_attribute(answer, name, FP_CLASS_FLAG, NULL, 0);
        return;
    case DW_FORM_data1:
    case DW_FORM_data2:
    case DW_FORM_data4:
    case DW_FORM_data8:
        /* In DWARF 2 and 3, data4 and data8 of a location are an offset into .debug_loc. */
        if (form >= DW_FORM_data4 && name != DW_AT_data_member_location && may_have_location(name) &&
            (name == DW_AT_location || name == DW_AT_frame_base))
            put_attribute(answer, name, FP_CLASS_LIST, NULL, 0);
        else
            put_constant(writing, attribute, name, form);
        return;
    case DW_FORM_sdata:
    case DW_FORM_udata:
    case DW_FORM_implicit_const:
        put_constant(writing, attribute, name, form);
        return;
    case DW_FORM_exprloc:
    case DW_FORM_block:
    case DW_FORM_block1:
    case DW_FORM_block2:
    case DW_FORM_block4:
    case DW_FORM_data16:
        put_expression(writing, attribute, name);
        return;
    case DW_FORM_sec_offset:
    case DW_FORM_loclistx:
        if (may_have_location(name))
            put_attribute(answer, name, FP_CLASS_LIST, NULL, 0);
        return;
    case DW_FORM_addr:
    case DW_FORM_addrx:
    case DW_FORM_addrx1:
    case DW_FORM_addrx2:
    case DW_FORM_addrx3:
    case DW_FORM_addrx4:
    case DW_FORM_GNU_addr_index:
        put_address(writing, attribute, name);
        return;
    default:
        break;
    }
    if ((text = dwarf_formstring(attribute)))
        put_attribute(answer, name, FP_CLASS_STRING, text, strlen(text));
    else
        put_reference(writing, attribute, name);
}

/* What is of use only where it stands, or is given in another shape. */
static bool skipped(const struct writing *writing, unsigned name) {
    switch (name) {
    case DW_AT_sibling:
    case DW_AT_abstract_origin:
    case DW_AT_specification:
    case DW_AT_ranges:
    case DW_AT_high_pc:
    case DW_AT_stmt_list:
    case DW_AT_macros:
    case DW_AT_GNU_macros:
    case DW_AT_macro_info:
    case DW_AT_str_offsets_base:
    case DW_AT_addr_base:
    case DW_AT_rnglists_base:
    case DW_AT_loclists_base:
    case DW_AT_GNU_locviews:
    case DW_AT_decl_column:
    case DW_AT_object_pointer:
        return true;
    case DW_AT_declaration:
    case DW_AT_inline:
    case DW_AT_low_pc:
    case DW_AT_location:
    case DW_AT_frame_base:
        return !writing->own;
    default:
        return false;
    }
}

static int write_attribute(Dwarf_Attribute *attribute, void *context) {
    struct writing *writing = context;
    unsigned name = dwarf_whatattr(attribute);
    if (skipped(writing, name) || writing->count == MOST_ATTRIBUTES)
        return DWARF_CB_OK;
    for (unsigned at = 0; at < writing->count; at++)
        if (writing->seen[at] == name)
            return DWARF_CB_OK;
    writing->seen[writing->count++] = (uint16_t)name;
    put_by_form(writing, attribute, name);
    return DWARF_CB_OK;
}

static void put_ranges(struct module *module, Dwarf_Die *die) {
    struct answer *answer = &module->answer;
    Dwarf_Addr base, low, high;
    size_t start = answer->length;
    put_attribute(answer, DW_AT_ranges, FP_CLASS_RANGES, NULL, 0);
    ptrdiff_t at = 0;
    while ((at = dwarf_ranges(die, at, &base, &low, &high)) > 0)
        if (low < high) {
            put_u64(answer, low);
            put_u64(answer, high);
        }
    if (at < 0)
        symbols_damaged(module, "address ranges");
    patch_u32(answer, start + 4, (uint32_t)(answer->length - start - 8));
    Dwarf_Addr entry;
    if (!dwarf_hasattr(die, DW_AT_entry_pc) && dwarf_entrypc(die, &entry) == 0)
        put_number(answer, DW_AT_entry_pc, FP_CLASS_UNSIGNED, entry, 8);
}

/* How a type's name is written, and whether a function says what it takes, depends on the language of its
 * unit: given under DW_AT_language. */
static void put_language(struct module *module, Dwarf_Die *die) {
    switch (dwarf_tag(die)) {
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:
    case DW_TAG_array_type:
    case DW_TAG_typedef:
    case DW_TAG_subprogram:
    case DW_TAG_subroutine_type:
        break;
    default:
        return;
    }
    Dwarf_Die unit;
    int language = dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1;
    if (language >= 0)
        put_number(&module->answer, DW_AT_language, FP_CLASS_UNSIGNED, (uint64_t)language, 8);
}

void put_die(struct module *module, Dwarf_Die *die, unsigned depth) {
    struct answer *answer = &module->answer;
    size_t start = answer->length;
    Dwarf_Die link = *die, origin;
    bool derived = origin_of(die, &origin);
    put_u32(answer, 0);
    put_u16(answer, (uint16_t)dwarf_tag(die));
    put_u16(answer, (uint16_t)depth);
    put_u64(answer, reference_of(module, die));
    put_u64(answer, derived ? reference_of(module, &origin) : 0);
    struct writing writing = {.module = module, .die = &link, .own = true};
    for (int step = 0; step < LONGEST_CHAIN; step++) {
        if (dwarf_getattrs(&link, write_attribute, &writing, 0) < 0)
            symbols_damaged(module, "attributes");
        if (!origin_of(&link, &origin))
            break;
        link = origin;
        writing.own = false;
    }
    if (has_code(die))
        put_ranges(module, die);
    put_language(module, die);
    patch_u32(answer, start, (uint32_t)(answer->length - start));
}

static bool put_below(struct module *module, Dwarf_Die *die, unsigned depth, void *context) {
    (void)context;
    put_die(module, die, depth);
    return true;
}

int64_t fp_symbols_dies(int64_t handle, int64_t reference, int32_t depth, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    Dwarf_Die die;
    if (!die_of(module, (uint64_t)reference, &die) || dwarf_tag(&die) == DW_TAG_invalid)
        return -ENODATA;
    put_die(module, &die, 0);
    if (depth > 0)
        walk_below(module, &die, (unsigned)depth, put_below, NULL);
    return deliver(&module->answer, out, capacity);
}
