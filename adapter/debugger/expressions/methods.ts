/** Methods of C++ classes, by the object that they are called for: their code, and what `this` is there. */
import { memoryAddress, toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { FunctionType, Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values";
import { isEmptyBase, readMember, recordOf } from "../valuesMembers";
import { isPointer, plainType, pointerTo } from "../valuesTypes";
import { wordAt } from "../views/view";

/** A method to be called; `self`: the address of the object, or of the part that is of the method's class; undefined: static. */
export interface Method {
  readonly entry: MemoryAddress;
  readonly type: FunctionType;
  readonly self: Value | undefined;
}

interface Candidate extends Method {
  readonly isVirtual: boolean;
}

/** A class whose objects have a pointer to a table of virtual functions begins with it (Itanium C++ ABI, 2.4). */
const VTABLE = /^_vptr/;
/** Before the table: how far the object's beginning is from where the pointer stands (2.5.2). */
const OFFSET_TO_TOP = -16n;

function isThis(parameter: Type | undefined, className: string): boolean {
  const plain = parameter && plainType(parameter);
  return plain !== undefined && isPointer(plain) && plainType(plain.target).displayName === className;
}

/** Those of a class itself. A static one takes no object. */
function ownMethods(object: Value, name: string, context: EvaluationContext): Candidate[] {
  const className = plainType(object.type).displayName;
  return context.modules.all.flatMap(({ symbols, bias }) =>
    symbols.functionsNamed(`${className}::${name}`).flatMap((symbol): Candidate[] => {
      const type = symbols.functionTypeOf(symbol);
      if (type === undefined || symbol.name !== `${className}::${name}`) return [];
      const takesObject = isThis(type.parameters[0], className);
      const self = takesObject ? addressOfObject(object) : undefined;
      return [{ entry: toMemory(symbol.entry, bias), type, self, isVirtual: symbol.isVirtual === true }];
    }),
  );
}

function addressOfObject({ type, place }: Value): Value {
  if (place.kind !== "memory") throw new UserError("Methods can be called for an object in memory only.");
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(place.address);
  return { type: pointerTo(type), place: { kind: "constant" }, bytes };
}

/** Those of a class, else those of the bases that it has them from. */
function methodsOf(object: Value, name: string, context: EvaluationContext): Candidate[] {
  const own = ownMethods(object, name, context);
  if (own.length > 0) return own;
  const bases = recordOf(object.type, context)?.members.filter(({ isBase }) => isBase) ?? [];
  for (const base of bases) {
    if (isEmptyBase(base, context) && base.type.displayName === "") continue;
    const found = methodsOf(readMember(object, base, context), name, context);
    if (found.length > 0) return found;
  }
  return [];
}

/** How many parameters are of just the type that is given: of several methods the one with most is meant. */
function fitness({ type, self }: Candidate, given: readonly Value[]): number {
  const parameters = type.parameters.slice(self === undefined ? 0 : 1);
  const names = given.map((value) => plainType(value.type).displayName);
  return parameters.filter((each, index) => plainType(each).displayName === names[index]).length;
}

function best(candidates: readonly Candidate[], given: readonly Value[]): Candidate | undefined {
  const fitting = candidates.filter(
    ({ type, self }) => type.parameters.length === given.length + (self === undefined ? 0 : 1),
  );
  return [...fitting].sort((a, b) => fitness(b, given) - fitness(a, given))[0];
}

/** An object as that of its own class, which its table of virtual functions tells; as it is where nothing is told. */
export function wholeObject(object: Value, context: EvaluationContext): Value {
  const { place } = object;
  const first = recordOf(object.type, context)?.members.find(({ name }) => VTABLE.test(name ?? ""));
  if (place.kind !== "memory" || first === undefined) return object;
  const table = memoryAddress(wordAt(place.address, context));
  const module = context.modules.at(table);
  const symbol = module?.symbols.elfSymbolAt(toFile(table, module.bias));
  const [, className] = /^vtable for (.*)$/.exec(symbol?.displayName ?? "") ?? [];
  if (className === undefined || className === plainType(object.type).displayName) return object;
  const [type] = context.modules.all.flatMap(({ symbols }) => symbols.typesNamed(className));
  if (type === undefined) return object;
  const offset = BigInt.asIntN(64, wordAt(table + OFFSET_TO_TOP, context));
  return valueAt(type, memoryAddress(place.address + offset), context);
}

/**
 * The method that `object.name(given)` calls; undefined when the object is of no class, or its class and their bases have none of
 * that name in the program: a compiler leaves out what is never called. Throws UserError when none takes so many arguments.
 */
export function methodMeant(
  object: Value,
  name: string,
  given: readonly Value[],
  context: EvaluationContext,
): Method | undefined {
  if (recordOf(object.type, context) === undefined) return undefined;
  const candidates = methodsOf(object, name, context);
  if (candidates.length === 0) return undefined;
  const found = best(candidates, given);
  if (found === undefined)
    throw new UserError(
      `No ${name} of ${plainType(object.type).displayName} takes ${given.length} argument${given.length === 1 ? "" : "s"}.`,
    );
  if (!found.isVirtual) return found;
  return best(methodsOf(wholeObject(object, context), name, context), given) ?? found;
}
