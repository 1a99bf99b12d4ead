/* Call frame information. */
#include "symbols.h"
#include <errno.h>
#include <stdlib.h>

/* The registers that the x86-64 psABI gives DWARF numbers to and that a caller may want back: 0-16. */
enum { RBX = 3, LAST_REGISTER = 16 };

static Dwarf_Frame *find_frame(struct module *module, Dwarf_Addr address) {
    GElf_Addr bias = 0;
    Dwarf_Frame *frame;
    Dwarf_CFI *table = dwfl_module_eh_cfi(module->dwfl_module, &bias);
    if (table && dwarf_cfi_addrframe(table, address - bias, &frame) == 0)
        return frame;
    symbols_dwarf(module);
    table = dwfl_module_dwarf_cfi(module->dwfl_module, &bias);
    if (table && dwarf_cfi_addrframe(table, address - bias, &frame) == 0)
        return frame;
    return NULL;
}

static void put_rule(struct module *module, Dwarf_Frame *frame, uint32_t number) {
    struct answer *answer = &module->answer;
    Dwarf_Op scratch[3], *ops;
    size_t count;
    put_u32(answer, number);
    if (dwarf_frame_register(frame, (int)number, scratch, &ops, &count) != 0) {
        symbols_damaged(module, "call frames");
        put_u32(answer, FP_RULE_UNDEFINED);
        put_u32(answer, 0);
    } else if (count == 0) {
        /* libdw's table of what a call preserves (its x86_64_cfi.c) has the number of rax where it means rbx.
         */
        put_u32(answer, ops && number != RBX ? FP_RULE_UNDEFINED : FP_RULE_SAME);
        put_u32(answer, 0);
    } else if (ops[count - 1].atom == DW_OP_stack_value) {
        put_u32(answer, FP_RULE_VALUE);
        put_ops(module, NULL, ops, count - 1, 0);
    } else if (count == 1 && ops[0].atom == DW_OP_regx) {
        /* libdw gives a register held in another one as that one's location: its value is what is wanted. */
        Dwarf_Op value = {.atom = DW_OP_bregx, .number = ops[0].number};
        put_u32(answer, FP_RULE_VALUE);
        put_ops(module, NULL, &value, 1, 0);
    } else {
        put_u32(answer, FP_RULE_SAVED_AT);
        put_ops(module, NULL, ops, count, 0);
    }
}

int64_t fp_symbols_call_frame(int64_t handle, int64_t address, uint8_t *out, int64_t capacity) {
    struct module *module = symbols_module(handle);
    if (!module)
        return -EBADF;
    module->answer.length = 0;
    module->answer.failed = false;
    Dwarf_Frame *frame = find_frame(module, (Dwarf_Addr)address);
    if (!frame)
        return -ENODATA;
    Dwarf_Addr low, high;
    bool signal = false;
    int return_register = dwarf_frame_info(frame, &low, &high, &signal);
    Dwarf_Op *ops;
    size_t count;
    int64_t result = -ENODATA;
    if (return_register >= 0 && dwarf_frame_cfa(frame, &ops, &count) == 0) {
        put_u64(&module->answer, low);
        put_u64(&module->answer, high);
        put_u32(&module->answer, (uint32_t)return_register);
        put_u32(&module->answer, signal);
        put_ops(module, NULL, ops, count, 0);
        put_u32(&module->answer, LAST_REGISTER + 1);
        for (uint32_t number = 0; number <= LAST_REGISTER; number++)
            put_rule(module, frame, number);
        result = deliver(&module->answer, out, capacity);
    } else {
        symbols_damaged(module, "call frames");
    }
    free(frame);
    return result;
}
