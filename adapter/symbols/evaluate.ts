/** What DWARF expressions are evaluated for: places, numbers, frame bases, and values at a function's entry. */
import { Op } from "./dwarf";
import type { Place } from "./places";
import { littleEndian } from "./stackItems";
import { StackMachine, Unavailable, type EvaluationContext } from "./stackMachine";
import type { CallSite, DwarfOp, Location } from "./types";

/**
 * Where a value is. What the frame does not know gives "optimizedOut".
 * @throws ExpressionError for ops that are not valid DWARF; whatever context.readMemory throws.
 */
export function evaluate(ops: readonly DwarfOp[], context: EvaluationContext): Place {
  try {
    const machine = new StackMachine(context);
    machine.run(ops);
    return machine.result();
  } catch (error) {
    if (error instanceof Unavailable) return { kind: "optimizedOut" };
    throw error;
  }
}

/**
 * The number that an expression computes, whatever it says about places: a register place gives the register.
 * Undefined when the frame does not know it. Throws as evaluate does.
 */
export function evaluateNumber(ops: readonly DwarfOp[], context: EvaluationContext): bigint | undefined {
  const place = evaluate(ops, context);
  switch (place.kind) {
    case "memory":
      return place.address;
    case "value":
      return place.value;
    case "register":
      return context.register(place.number);
    case "bytes":
      return littleEndian(place.bytes);
    default:
      return undefined;
  }
}

/**
 * Where a member is whose place the object tells (a virtual base class): `ops` begin with the object's address on the
 * stack (DWARF 5 section 5.7.3). Undefined when they give none. Throws as evaluate does.
 */
export function memberAddress(
  ops: readonly DwarfOp[],
  object: bigint,
  readMemory: EvaluationContext["readMemory"],
): bigint | undefined {
  const start: DwarfOp = { code: Op.constu, operand1: object, operand2: 0n, offset: -1 };
  const place = evaluate([start, ...ops], {
    loadBias: 0n,
    register: () => undefined,
    readMemory,
    objectAddress: object,
  });
  return ops.length > 0 && place.kind === "memory" ? place.address : undefined;
}

/** The value of a function's frame base: a register's value (Clang's DW_OP_reg6) or a computed address. */
export function frameBaseValue(frameBase: Location, context: EvaluationContext): bigint | undefined {
  return frameBase.kind === "expression" ? evaluateNumber(frameBase.ops, context) : undefined;
}

function sameOps(left: readonly DwarfOp[], right: readonly DwarfOp[]): boolean {
  return (
    left.length === right.length &&
    left.every((op, index) => {
      const other = right[index];
      return op.code === other?.code && op.operand1 === other.operand1 && op.operand2 === other.operand2;
    })
  );
}

/** The register whose value as of a base type an entry value is: GCC says so of floating point. */
function typedRegister(op: DwarfOp | undefined): number | undefined {
  return op?.code === Op.regvalType || op?.code === Op.gnuRegvalType ? Number(op.operand1) : undefined;
}

function registerOf(op: DwarfOp | undefined): number | undefined {
  if (op === undefined) return undefined;
  if (op.code === Op.regx) return Number(op.operand1);
  return op.code >= Op.reg0 && op.code < Op.reg0 + 32 ? op.code - Op.reg0 : undefined;
}

/** The parameter that a DW_OP_GNU_parameter_ref names. */
function removedParameter([op]: readonly DwarfOp[]): number | undefined {
  return op?.code === Op.gnuParameterRef ? Number(op.operand1) : undefined;
}

/**
 * What a DW_OP_entry_value stood for when the function was entered, from what its caller says it passed. `ops` are its expression,
 * or one DW_OP_GNU_parameter_ref: what the caller would have passed in a parameter that GCC has taken out.
 * `site` is callSiteAt(return address); `caller` the context of the calling frame.
 */
export function entryValueAt(
  site: CallSite | undefined,
  ops: readonly DwarfOp[],
  caller: EvaluationContext,
): bigint | undefined {
  const register = ops.length === 1 ? typedRegister(ops[0]) : undefined;
  const removed = removedParameter(ops);
  const parameter = site?.parameters.find(({ location = [], parameter: reference }) => {
    if (removed !== undefined) return reference === removed;
    if (register === undefined) return sameOps(location, ops);
    return location.length === 1 && registerOf(location[0]) === register;
  });
  return parameter && evaluateNumber(parameter.value, caller);
}
