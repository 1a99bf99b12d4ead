/** Breakpoint conditions compiled for the target, so that a false one costs no stop. */
import type { Member, Type } from "../../symbols/sourceTypes";
import { SymbolError } from "../../symbols/types";
import type { VariableSymbol } from "../../symbols/types";
import { toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { ConditionProgram } from "../../target/target";
import { categoryOf } from "../expressions/arithmeticTypes";
import { hasOwnOperator } from "../expressions/enumOperators";
import { parseAt } from "../expressions/evaluation";
import { hasScopes, isRust, lookUpName, namePlaceAt, scopedVariable } from "../expressions/names";
import type { NamePlace } from "../expressions/names";
import { isComparedByTarget } from "../expressions/rustTypes";
import type { BinaryOperator, Expression, TypeName } from "../expressions/syntax";
import { namedType } from "../expressions/typeResolution";
import { UserError } from "../types";
import type { LoadedModule, ModuleList } from "../types";
import { definitionOf } from "../values/valuesLocation";
import { findMember, recordOf } from "../values/valuesMembers";
import {
  builtin,
  isPointer,
  isReference,
  plainType,
  pointerTo,
  sizeOf,
  voidType,
} from "../values/valuesTypes";
import { generalRegisterNumber } from "../values/valuesX86";
import { combined, converted, extended, negated, traitsOf, truth, valueOf } from "./conditionsOperands";
import type { Operand } from "./conditionsOperands";
import { constant, NotCompilable, PlaceCompiler } from "./conditionsPlaces";

export interface ConditionPlace {
  readonly module: LoadedModule;
  readonly address: MemoryAddress;
  /** For globals of other modules; absent: only those of `module` are found. */
  readonly modules?: ModuleList;
}

/**
 * Compiles a C condition for a breakpoint at one address. Undefined when it is wrong, has side effects, or is not
 * exactly representable: the debugger evaluates it then. It gives the same answer as the evaluator.
 */
export function compileCondition(expression: string, at: ConditionPlace): ConditionProgram | undefined {
  try {
    return new ConditionCompiler(at).compile(expression);
  } catch (error) {
    if (error instanceof NotCompilable || error instanceof UserError || error instanceof SymbolError)
      return undefined;
    throw error;
  }
}

function alone(module: LoadedModule): ModuleList {
  return { all: [module], main: undefined, at: () => module };
}

class ConditionCompiler {
  private readonly place: NamePlace;
  private readonly modules: ModuleList;
  private readonly places: PlaceCompiler;

  constructor(private readonly at: ConditionPlace) {
    const { module, address } = at;
    this.modules = at.modules ?? alone(module);
    this.places = new PlaceCompiler(module, address);
    this.place = namePlaceAt(module, address, this.modules);
  }

  compile(text: string): ConditionProgram {
    const { module, address } = this.at;
    const file = toFile(address, module.bias);
    // Whether a stop here shows the caller or the inlined call is a matter of stepping: the names may differ.
    const begins = module.symbols
      .inlinedCallsAt(file)
      .some((call) => call.ranges.some(({ low }) => low === file));
    if (begins) throw new NotCompilable();
    return valueOf(this.node(parseAt(text, this.place))).ops;
  }

  private node(node: Expression): Operand {
    switch (node.kind) {
      case "integer":
        traitsOf(node.type);
        return { kind: "value", type: node.type, ops: [constant(node.value)] };
      case "name":
        return this.throughReference(this.name(node.name, node.scope));
      case "register":
        return this.register(node.name);
      case "unary":
        return this.unary(node);
      case "binary":
        return this.binary(node.operator, this.node(node.left), this.node(node.right));
      case "logical": {
        const [left, right] = [this.node(node.left), this.node(node.right)];
        this.requireBuiltIn(node.operator, left, right);
        const ops = [...valueOf(left).ops, ...valueOf(right).ops];
        return truth([...ops, { op: node.operator === "&&" ? "logicalAnd" : "logicalOr" }]);
      }
      case "member":
        return this.throughReference(this.member(this.node(node.record), node.name));
      case "index":
        return this.throughReference(this.index(this.node(node.array), this.node(node.index)));
      case "cast":
        return this.cast(node);
      case "sizeofType":
        return this.size(this.type(node.type));
      case "sizeof":
        // What is true or false has another size in C++ than in C.
        if (this.isTruth(node.operand)) throw new NotCompilable();
        return this.size(this.node(node.operand).type);
      default:
        throw new NotCompilable();
    }
  }

  private binary(operator: BinaryOperator, left: Operand, right: Operand): Operand {
    this.requireBuiltIn(operator, left, right);
    if (isRust(this.place) && /^(?:[-+*]|<<)$/.test(operator) && isSmall(left, right))
      throw new NotCompilable();
    return combined(operator, left, right);
  }

  /** Throws NotCompilable where an operator is code of the program, or means another thing than in C. */
  private requireBuiltIn(operator: string, ...operands: readonly Operand[]): void {
    if (hasOwnOperator(operator, operands, this.place)) throw new NotCompilable();
    const isOther = ({ type }: Operand): boolean => isComparedByTarget(type) || categoryOf(type) === "array";
    if (isRust(this.place) && (operator === "!" || (operator !== "*" && operands.some(isOther))))
      throw new NotCompilable();
  }

  private isTruth(node: Expression): boolean {
    const isNot = node.kind === "unary" && node.operator === "!";
    const isComparison = node.kind === "binary" && /^[=!<>]=?$/.test(node.operator);
    return (isNot || isComparison || node.kind === "logical") && hasScopes(this.place);
  }

  private throughReference(operand: Operand): Operand {
    const plain = plainType(operand.type);
    if (!isReference(plain)) return operand;
    return { kind: "memory", type: plain.target, ops: valueOf(operand).ops };
  }

  private name(name: string, scope?: string): Operand {
    // It may be a member of that.
    if (scopedVariable(name, this.place) === undefined && scopedVariable("this", this.place) !== undefined)
      throw new NotCompilable();
    const meaning = lookUpName(name, this.place, scope);
    switch (meaning?.kind) {
      case "enumerator":
        traitsOf(meaning.type);
        return { kind: "value", type: meaning.type, ops: [constant(meaning.value)] };
      case "variable":
        return this.variable(meaning.symbol, meaning.module);
      case "function": {
        const type = meaning.module.symbols.functionTypeOf(meaning.symbol);
        const entry = toMemory(meaning.symbol.entry, meaning.module.bias);
        if (type === undefined) throw new NotCompilable();
        return { kind: "memory", type, ops: [constant(entry)] };
      }
      default:
        if (name !== "true" && name !== "false") throw new NotCompilable();
        return { kind: "value", type: builtin.bool, ops: [constant(name === "true" ? 1n : 0n)] };
    }
  }

  private variable(symbol: VariableSymbol, module: LoadedModule): Operand {
    const { type } = symbol;
    const location = module.symbols.locationOf(symbol, toFile(this.at.address, module.bias));
    const definition = definitionOf(symbol, module, location, this.modules);
    if (definition !== undefined) {
      if (definition.symbol.kind === "threadLocal") throw new NotCompilable();
      return {
        kind: "memory",
        type,
        ops: [constant(toMemory(definition.symbol.address, definition.module.bias))],
      };
    }
    const compiler = module === this.at.module ? this.places : new PlaceCompiler(module, this.at.address);
    const { kind, ops } = compiler.place(location);
    const operand: Operand = { kind, type, ops };
    return kind === "memory" ? operand : extended(operand);
  }

  private register(name: string): Operand {
    const full = { pc: "rip", sp: "rsp", fp: "rbp" }[name] ?? name;
    const number = generalRegisterNumber(full);
    if (number === undefined || full === "rip") throw new NotCompilable();
    const pointer = ["rsp", "rbp"].includes(full);
    const type = pointer ? pointerTo(voidType) : builtin.long;
    return { kind: "value", type, ops: [{ op: "register", number }] };
  }

  private unary(node: Expression & { kind: "unary" }): Operand {
    const operand = this.node(node.operand);
    this.requireBuiltIn(node.operator, operand);
    switch (node.operator) {
      case "*":
        return this.throughReference(this.pointed(operand));
      case "&":
        if (operand.kind !== "memory" || operand.bitField !== undefined) throw new NotCompilable();
        // A class may have an operator & of its own.
        if (categoryOf(operand.type) === "record" && hasScopes(this.place)) throw new NotCompilable();
        return { kind: "value", type: pointerTo(operand.type), ops: operand.ops };
      case "!":
        return truth([...valueOf(operand).ops, { op: "not" }]);
      default:
        return negated(node.operator, operand);
    }
  }

  private pointed(operand: Operand): Operand {
    const pointer = valueOf(operand);
    const plain = plainType(pointer.type);
    if (!isPointer(plain) || categoryOf(plain.target) === "void") throw new NotCompilable();
    return { kind: "memory", type: plain.target, ops: pointer.ops };
  }

  private index(array: Operand, index: Operand): Operand {
    return this.pointed(combined("+", array, index));
  }

  private member(operand: Operand, name: string): Operand {
    const base = isPointer(plainType(operand.type)) ? this.pointed(operand) : operand;
    const record = recordOf(base.type, { modules: this.modules });
    const path = record && findMember(record, name);
    if (path === undefined || base.kind !== "memory") throw new NotCompilable();
    return path.reduce(part, base);
  }

  private cast(node: Expression & { kind: "cast" }): Operand {
    const type = this.type(node.type);
    if (!["integer", "pointer"].includes(categoryOf(type))) throw new NotCompilable();
    return converted(valueOf(this.node(node.operand)), type);
  }

  private type(name: TypeName): Type {
    switch (name.kind) {
      case "builtin":
        return name.type === "void" ? voidType : name.type;
      case "named":
        return namedType(name.name, name.tag, this.place);
      case "pointer":
        return pointerTo(this.type(name.target));
      default:
        throw new NotCompilable();
    }
  }

  private size(type: Type): Operand {
    const size = sizeOf(type);
    if (size === undefined) throw new NotCompilable();
    return { kind: "value", type: builtin.unsignedLong, ops: [constant(BigInt(size))] };
  }
}

/** Whether C promotes an operand to an int. */
function isSmall(...operands: readonly Operand[]): boolean {
  return operands.some(({ type }) => categoryOf(type) === "integer" && (sizeOf(type) ?? 0) < 4);
}

/** A member of a record in memory. Throws NotCompilable for a virtual base class, whose place the object tells. */
function part(record: Operand, member: Member): Operand {
  if (member.addressOps !== undefined) throw new NotCompilable();
  const { type, bitSize } = member;
  const firstBit = member.bitOffset ?? member.byteOffset * 8;
  const offset = bitSize === undefined ? member.byteOffset : Math.floor(firstBit / 8);
  return {
    kind: "memory",
    type,
    ops: [...record.ops, constant(BigInt(offset)), { op: "add" }],
    ...(bitSize !== undefined && { bitField: { bitSize, bitOffset: firstBit % 8 } }),
  };
}
