/* The stack machine that decides a breakpoint's condition where the trap is met. */
#include "shim.h"

#include <string.h>
#include <unistd.h>

/* Byte codes: the adapter's encoding of ConditionOp, in adapter/target/ptrace/conditionCode.ts. */
enum code { CONSTANT, REGISTER, LOAD, EXTEND, BINARY, NOT = BINARY + 20, NEGATE, COMPLEMENT };
enum binary {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE_S,
    DIVIDE_U,
    REMAINDER_S,
    REMAINDER_U,
    AND,
    OR,
    XOR,
    SHIFT_LEFT,
    SHIFT_RIGHT_S,
    SHIFT_RIGHT_U,
    EQUAL,
    LESS_S,
    LESS_U,
    LESS_EQUAL_S,
    LESS_EQUAL_U,
    LOGICAL_AND,
    LOGICAL_OR
};

#define DEPTH 64

static int register_value(const struct user_regs_struct *registers, uint8_t number, uint64_t *value) {
    const unsigned long long values[] = {
        registers->rax, registers->rdx, registers->rcx, registers->rbx, registers->rsi, registers->rdi,
        registers->rbp, registers->rsp, registers->r8,  registers->r9,  registers->r10, registers->r11,
        registers->r12, registers->r13, registers->r14, registers->r15, registers->rip};
    if (number >= sizeof values / sizeof *values)
        return -1;
    *value = values[number];
    return 0;
}

static uint64_t extend(uint64_t value, unsigned bits, int is_signed) {
    if (bits == 0 || bits >= 64)
        return value;
    value &= (1ULL << bits) - 1;
    if (is_signed && value >> (bits - 1))
        value |= ~0ULL << bits;
    return value;
}

static int divide(enum binary op, uint64_t a, uint64_t b, uint64_t *out) {
    int is_signed = op == DIVIDE_S || op == REMAINDER_S;
    if (b == 0 || (is_signed && a == 1ULL << 63 && b == ~0ULL))
        return -1;
    if (op == DIVIDE_S)
        *out = (uint64_t)((int64_t)a / (int64_t)b);
    else if (op == REMAINDER_S)
        *out = (uint64_t)((int64_t)a % (int64_t)b);
    else
        *out = op == DIVIDE_U ? a / b : a % b;
    return 0;
}

static int binary(enum binary op, uint64_t a, uint64_t b, uint64_t *out) {
    switch (op) {
    case ADD:
        *out = a + b;
        return 0;
    case SUBTRACT:
        *out = a - b;
        return 0;
    case MULTIPLY:
        *out = a * b;
        return 0;
    case DIVIDE_S:
    case DIVIDE_U:
    case REMAINDER_S:
    case REMAINDER_U:
        return divide(op, a, b, out);
    case AND:
        *out = a & b;
        return 0;
    case OR:
        *out = a | b;
        return 0;
    case XOR:
        *out = a ^ b;
        return 0;
    case SHIFT_LEFT:
        *out = b < 64 ? a << b : 0;
        return 0;
    case SHIFT_RIGHT_S:
        *out = (uint64_t)((int64_t)a >> (b < 64 ? b : 63));
        return 0;
    case SHIFT_RIGHT_U:
        *out = b < 64 ? a >> b : 0;
        return 0;
    case EQUAL:
        *out = a == b;
        return 0;
    case LESS_S:
        *out = (int64_t)a < (int64_t)b;
        return 0;
    case LESS_U:
        *out = a < b;
        return 0;
    case LESS_EQUAL_S:
        *out = (int64_t)a <= (int64_t)b;
        return 0;
    case LESS_EQUAL_U:
        *out = a <= b;
        return 0;
    case LOGICAL_AND:
        *out = a && b;
        return 0;
    case LOGICAL_OR:
        *out = a || b;
        return 0;
    }
    return -1;
}

struct machine {
    uint64_t stack[DEPTH];
    int top; /* values on the stack */
    const struct user_regs_struct *registers;
    int memory;
};

static int load(struct machine *machine, const uint8_t *operands) {
    uint64_t *top = &machine->stack[machine->top - 1];
    uint64_t value = 0;
    if (operands[0] > 8 || pread(machine->memory, &value, operands[0], (off_t)*top) != operands[0])
        return -1;
    *top = extend(value, operands[0] * 8U, operands[1]);
    return 0;
}

/* Executes one operation; gives the number of operand bytes it used, or -1. */
static int execute(struct machine *machine, uint8_t code, const uint8_t *operands, uint32_t available) {
    static const uint8_t operand_bytes[] = {8, 1, 2, 2};
    uint64_t *top = machine->stack + machine->top - 1;
    int used = code < BINARY ? operand_bytes[code] : 0;
    int needed = code <= REGISTER ? 0 : (code >= BINARY && code <= BINARY + LOGICAL_OR) ? 2 : 1;
    if (machine->top < needed || available < (uint32_t)used || (needed == 0 && machine->top == DEPTH))
        return -1;
    switch (code) {
    case CONSTANT:
        memcpy(&machine->stack[machine->top++], operands, 8);
        return used;
    case REGISTER:
        return register_value(machine->registers, operands[0], &machine->stack[machine->top++]) ? -1 : used;
    case LOAD:
        return load(machine, operands) ? -1 : used;
    case EXTEND:
        *top = extend(*top, operands[0], operands[1]);
        return used;
    case NOT:
        *top = !*top;
        return used;
    case NEGATE:
        *top = -*top;
        return used;
    case COMPLEMENT:
        *top = ~*top;
        return used;
    }
    if (code > COMPLEMENT || binary(code - BINARY, top[-1], top[0], &top[-1]) != 0)
        return -1;
    machine->top--;
    return used;
}

int fp_condition(const uint8_t *code, uint32_t length, const struct user_regs_struct *registers, int memory) {
    struct machine machine = {.registers = registers, .memory = memory};
    for (uint32_t at = 0; at < length;) {
        int used = execute(&machine, code[at], code + at + 1, length - at - 1);
        if (used < 0)
            return -1;
        at += 1 + (uint32_t)used;
    }
    return machine.top == 1 ? machine.stack[0] != 0 : -1;
}
