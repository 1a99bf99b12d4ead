/** Places of variables at one address as condition programs: the DWARF expressions that such a program can follow. */
import { Op } from "../../symbols/dwarf";
import type { DwarfOp, Location } from "../../symbols/types";
import { toFile } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { ConditionOp } from "../../target/target";
import type { LoadedModule } from "../types";

/** The expression cannot be decided by a program: the evaluator does it. */
export class NotCompilable extends Error {}

/** Where a value is: `memory`: the ops push its address; `value`: they push its 64 bits. */
export interface CompiledPlace {
  readonly kind: "memory" | "value";
  readonly ops: readonly ConditionOp[];
}

const GENERAL_REGISTERS = 16;
const LAST_LITERAL = Op.lit0 + 31;
const LAST_CONSTANT = Op.consts;

/** Pushes a number. */
export function constant(value: bigint): ConditionOp {
  return { op: "constant", value: BigInt.asUintN(64, value) };
}

function register(number: number): ConditionOp {
  if (number > GENERAL_REGISTERS) throw new NotCompilable();
  return { op: "register", number };
}

export class PlaceCompiler {
  constructor(
    private readonly module: LoadedModule,
    private readonly address: MemoryAddress,
  ) {}

  /** Throws NotCompilable for what is not in memory, in one general register, or a computed number. */
  place(location: Location): CompiledPlace {
    if (location.kind !== "expression") throw new NotCompilable();
    const [first, ...rest] = location.ops;
    if (first === undefined) throw new NotCompilable();
    const number = registerOf(first);
    if (number !== undefined) {
      if (rest.length > 0) throw new NotCompilable();
      return { kind: "value", ops: [register(number)] };
    }
    const last = location.ops.at(-1);
    if (last?.code === Op.stackValue) return { kind: "value", ops: this.compute(location.ops.slice(0, -1)) };
    return { kind: "memory", ops: this.compute(location.ops) };
  }

  private compute(ops: readonly DwarfOp[]): ConditionOp[] {
    return ops.flatMap((op) => this.one(op));
  }

  private one(op: DwarfOp): readonly ConditionOp[] {
    const { code, operand1, operand2 } = op;
    if (code >= Op.lit0 && code <= LAST_LITERAL) return [constant(BigInt(code - Op.lit0))];
    if (code >= Op.const1u && code <= LAST_CONSTANT) return [constant(operand1)];
    if (code >= Op.breg0 && code < Op.breg0 + GENERAL_REGISTERS)
      return [register(code - Op.breg0), constant(operand1), { op: "add" }];
    switch (code) {
      case Op.addr:
        return [constant(operand1 + this.module.bias)];
      case Op.bregx:
        return [register(Number(operand1)), constant(operand2), { op: "add" }];
      case Op.fbreg:
        return [...this.frameBase(), constant(operand1), { op: "add" }];
      case Op.callFrameCfa:
        return this.cfa();
      case Op.plusUconst:
        return [constant(operand1), { op: "add" }];
      case Op.plus:
        return [{ op: "add" }];
      case Op.minus:
        return [{ op: "subtract" }];
      case Op.mul:
        return [{ op: "multiply" }];
      case Op.deref:
        return [{ op: "load", bytes: 8, signed: false }];
      default:
        throw new NotCompilable();
    }
  }

  private frameBase(): readonly ConditionOp[] {
    const base = this.module.symbols.frameBaseAt(toFile(this.address, this.module.bias));
    if (base.kind !== "expression") throw new NotCompilable();
    if (base.ops.some((op) => op.code === Op.fbreg)) throw new NotCompilable();
    return this.place(base).ops;
  }

  /** The canonical frame address by the rule that holds at the very address. */
  private cfa(): readonly ConditionOp[] {
    const rules = this.module.symbols.callFrameAt(toFile(this.address, this.module.bias));
    if (rules === undefined || rules.cfa.some((op) => op.code === Op.callFrameCfa)) throw new NotCompilable();
    return this.compute(rules.cfa);
  }
}

function registerOf(op: DwarfOp): number | undefined {
  if (op.code >= Op.reg0 && op.code < Op.reg0 + 32) return op.code - Op.reg0;
  return op.code === Op.regx ? Number(op.operand1) : undefined;
}
