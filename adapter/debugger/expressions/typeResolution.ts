/** From a type as it is written to a type of the program. */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { Value } from "../types";
import { arrayOf, builtin, functionType, pointerTo, voidType } from "../values/valuesTypes";
import { isRust, typesNamed } from "./names";
import type { NamePlace } from "./names";
import { rustTypes } from "./rustTypes";
import { integerPart } from "./scalars";
import type { Scalar } from "./scalars";
import type { Expression, TypeName } from "./syntax";

/** Names that every C program has through its headers, for programs whose debug information lacks them. */
const usualNames: Record<string, Type> = {
  bool: builtin.bool,
  size_t: builtin.unsignedLong,
  ssize_t: builtin.long,
  ptrdiff_t: builtin.long,
  intptr_t: builtin.long,
  uintptr_t: builtin.unsignedLong,
  int8_t: builtin.signedChar,
  uint8_t: builtin.unsignedChar,
  int16_t: builtin.short,
  uint16_t: builtin.unsignedShort,
  int32_t: builtin.int,
  uint32_t: builtin.unsigned,
  int64_t: builtin.long,
  uint64_t: builtin.unsignedLong,
};

const tagKinds: Record<string, readonly string[]> = {
  struct: ["struct", "class"],
  class: ["struct", "class"],
  union: ["union"],
  enum: ["enum"],
};

/** What resolution asks of the evaluator: counts of arrays and operands of typeof. */
export interface Operands {
  count(expression: Expression): Promise<Scalar>;
  operand(expression: Expression): Promise<Value>;
}

/** Finds the type a type name means. Throws UserError (`No struct "foo" in this context.`). */
export async function resolveTypeName(name: TypeName, place: NamePlace, operands: Operands): Promise<Type> {
  switch (name.kind) {
    case "builtin":
      return name.type === "void" ? voidType : name.type;
    case "named":
      return namedType(name.name, name.tag, place);
    case "typeof":
      return (await operands.operand(name.operand)).type;
    case "pointer":
    case "reference":
      return pointerTo(await resolveTypeName(name.target, place, operands));
    case "array": {
      const element = await resolveTypeName(name.element, place, operands);
      return nestedArray(element, await arrayCount(name.count, operands));
    }
    case "function": {
      const returns = await resolveTypeName(name.returns, place, operands);
      const parameters: Type[] = [];
      for (const parameter of name.parameters)
        parameters.push(await resolveTypeName(parameter, place, operands));
      return functionType(returns, parameters, name.variadic);
    }
  }
}

async function arrayCount(count: Expression | undefined, operands: Operands): Promise<number | undefined> {
  if (count === undefined) return undefined;
  const value = integerPart(await operands.count(count));
  if (value < 0n || value > 1n << 40n) throw new UserError(`An array cannot have ${value} elements.`);
  return Number(value);
}

/** An array of arrays is one array with more dimensions. */
function nestedArray(element: Type, count: number | undefined): Type {
  if (element.kind === "array") return arrayOf(element.element, [{ count }, ...element.dimensions]);
  return arrayOf(element, [{ count }]);
}

/** The type a bare or tagged name means. Throws UserError. */
export function namedType(name: string, tag: string | undefined, place: NamePlace): Type {
  const kinds = tag === undefined ? undefined : tagKinds[tag];
  const found = typesNamed(name, place).filter((type) => kinds === undefined || kinds.includes(type.kind));
  const complete = found.find((type) => !("incomplete" in type && type.incomplete));
  const type = complete ?? found[0] ?? (tag === undefined ? undeclared(name, place) : undefined);
  if (type === undefined)
    throw new UserError(`No ${tag === undefined ? "type" : tag} "${name}" in this context.`);
  return type;
}

/** A type that is there without the program saying so. */
function undeclared(name: string, place: NamePlace): Type | undefined {
  const ofRust = isRust(place) ? rustTypes.get(name) : undefined;
  return ofRust ?? (Object.hasOwn(usualNames, name) ? usualNames[name] : undefined);
}

/** Whether a bare name is a type: a typedef or C++ class, not a C tag. */
export function isTypeName(name: string, place: NamePlace): boolean {
  if (Object.hasOwn(usualNames, name)) return true;
  return typesNamed(name, place).some(
    (type) => type.kind === "typedef" || type.kind === "base" || isCxx(type, place),
  );
}

function isCxx(type: Type, place: NamePlace): boolean {
  const language =
    place.module !== undefined && place.address !== undefined
      ? place.module.symbols.functionAt(place.address)?.language
      : undefined;
  return type.kind !== "void" && language !== undefined && language !== "c" && language !== "assembly";
}
