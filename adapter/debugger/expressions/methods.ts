/** Methods of C++ classes, by the object that they are called for: their code, and what `this` is there. */
import { lastPart, standsIn, withoutArguments } from "../../symbols/qualifiedNames";
import type { FunctionType, Member, Type } from "../../symbols/sourceTypes";
import { isSpelling } from "../../symbols/templateNames";
import type { FunctionSymbol, SymbolModule } from "../../symbols/types";
import { memoryAddress, toFile, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { readMember, recordOf } from "../values/valuesMembers";
import { plainType, pointerTo } from "../values/valuesTypes";
import { addressOfValue, wordAt } from "../views/view";
import { splitName } from "./enclosingScopes";
import type { Environment } from "./environment";
import { bestFitting, noneTakes } from "./overloads";
import type { Callable } from "./overloads";
import { asInstance } from "./templateInstances";

/** A method that an object has; undefined `self`: it is static, else that is the object, or the part of it that has the method. */
export type Method = Callable;

/** The class of the object that a method takes; undefined: it takes none. */
function classOfThis({ parameters: [first] }: FunctionType, className: string): Type | undefined {
  const plain = first && plainType(first);
  if (plain?.kind !== "pointer") return undefined;
  const found = plainType(plain.target);
  return found.displayName === className ? found : undefined;
}

/** Of a class in an anonymous namespace there may be others of the name in other files. */
function isOtherFiles(found: Type, { type }: Value): boolean {
  const wanted = plainType(type);
  return wanted.displayName.includes("(anonymous namespace)") && found.die !== wanted.die;
}

/** Whether a function is a class's own of a name, or the instance of a template that the name means. */
function isOf(functionName: string, className: string, name: string): boolean {
  if (functionName === `${className}::${name}`) return true;
  const { plain, written } = splitName(functionName);
  return written === className && (isSpelling(plain, name) || withoutArguments(plain) === name);
}

function methodsOrInstances(name: string, symbols: SymbolModule): FunctionSymbol[] {
  const all = [...symbols.functionsNamed(name), ...symbols.instancesNamed(name)];
  return [...new Map(all.map((symbol) => [symbol.entry, symbol])).values()];
}

/** Whether a method of Rust takes the object and not a reference to it. */
function takesItself({ parameterNames }: FunctionType, { language }: FunctionSymbol): boolean {
  return language === "rust" && parameterNames?.[0] === "self";
}

/** Those of a class itself that have code. A static one takes no object. `withVirtual`: those that are found by tables, too. */
function describedMethods(
  object: Value,
  name: string,
  context: EvaluationContext,
  withVirtual: boolean,
): Method[] {
  const className = plainType(object.type).displayName;
  return context.modules.all.flatMap(({ symbols, bias }) =>
    methodsOrInstances(`${className}::${name}`, symbols).flatMap((symbol): Method[] => {
      const type = symbols.functionTypeOf(symbol);
      const isOthers = symbol.isVirtual === true && !withVirtual;
      if (type === undefined || isOthers || !isOf(symbol.name, className, name)) return [];
      const taken = classOfThis(type, className);
      if (taken && isOtherFiles(taken, object)) return [];
      const self = taken ? addressOfObject(object) : takesItself(type, symbol) ? object : undefined;
      const entry = () => toMemory(symbol.entry, bias);
      const method = { entry, type, self, isForTemporaries: symbol.isForTemporaries === true };
      return lastPart(name) === withoutArguments(lastPart(name)) ? asInstance(method, symbol.name) : [method];
    }),
  );
}

/** Those of a lambda, or of a class within a function, of the unit that the program stands in. */
function localMethods(object: Value, name: string, { frame }: EvaluationContext): Method[] {
  const record = plainType(object.type);
  if (frame?.module === undefined) return [];
  const { symbols, bias } = frame.module;
  return symbols.unitFunctionsNamed(name, toFile(frame.lookupPc, bias)).flatMap((symbol): Method[] => {
    const type = symbols.functionTypeOf(symbol);
    if (type === undefined || classOfThis(type, record.displayName)?.die !== record.die) return [];
    const entry = () => toMemory(symbol.entry, bias);
    return asInstance({ entry, type, self: addressOfObject(object), isForTemporaries: false }, symbol.name);
  });
}

/** Virtual ones that a class declares; its objects' tables lead to the code, whichever class that is of. */
function virtualMethods(object: Value, name: string, context: EvaluationContext): Method[] {
  const declared = recordOf(object.type, context)?.virtualMethods ?? [];
  return declared
    .filter((method) => method.name === name)
    .map(({ type, slot }) => ({
      type,
      self: addressOfObject(object),
      isForTemporaries: false,
      entry: () => entryInTable(object, slot, context),
    }));
}

/** A class that declares virtual functions has a pointer to a table of them at the beginning of its objects (Itanium C++ ABI, 2.4). */
function entryInTable(object: Value, slot: number, context: EvaluationContext): MemoryAddress {
  const table = wordAt(addressOfValue(object), context);
  const words = context.modules.at(memoryAddress(table)) && wordAt(table + BigInt(slot) * 8n, context);
  const entry = memoryAddress(words ?? 0n);
  const module = context.modules.at(entry);
  const file = module && toFile(entry, module.bias);
  const isCode = file !== undefined && module?.symbols.functionAt(file) !== undefined;
  if (isCode) return entry;
  throw new UserError(
    `The object has no table of the virtual functions of ${plainType(object.type).displayName}: it is not constructed yet, or damaged.`,
  );
}

function addressOfObject({ type, place }: Value): Value {
  if (place.kind !== "memory")
    return {
      type: pointerTo(type),
      place: { kind: "constant" },
      unavailable: "methods can be called for an object in memory only",
    };
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(place.address);
  return { type: pointerTo(type), place: { kind: "constant" }, bytes };
}

function basesOf({ type }: Value, context: EvaluationContext): readonly Member[] {
  return recordOf(type, context)?.members.filter(({ isBase }) => isBase) ?? [];
}

/** Those that a class declares itself; `isExact`: its own of the virtual ones, too. */
function ownMethods(object: Value, name: string, context: EvaluationContext, isExact: boolean): Method[] {
  const virtual = isExact ? [] : virtualMethods(object, name, context);
  return [...virtual, ...describedMethods(object, name, context, isExact)];
}

/** Those of bases that a class has by `using`: they are chosen from as if they were its own ([over.match.funcs]). */
function usedMethods(object: Value, name: string, context: EvaluationContext, isExact: boolean): Method[] {
  const used = recordOf(object.type, context)?.usedMethods ?? [];
  return used
    .filter((each) => each.name === name)
    .flatMap(({ className }) => {
      const [part] = partsNamed(object, (each) => each === className, context);
      const methods = part && ownMethods(part, name, context, isExact);
      return (methods ?? []).map((method) => ({ ...method, isUsed: true }));
    });
}

/** A part of an object whose class has methods of a name itself. */
interface Holder {
  readonly part: Value;
  readonly methods: Method[];
}

/** Of a class, else of the bases that it has them from. */
function holdersOf(object: Value, name: string, context: EvaluationContext, isExact: boolean): Holder[] {
  const named = ownMethods(object, name, context, isExact);
  const declared = named.length > 0 ? named : localMethods(object, name, context);
  const own = [...declared, ...usedMethods(object, name, context, isExact)];
  if (own.length > 0) return [{ part: object, methods: own }];
  return basesOf(object, context).flatMap((base) =>
    holdersOf(readMember(object, base, context), name, context, isExact),
  );
}

/** What a class has hides what the bases have that it shares with others ([class.member.lookup]). */
function isHidden({ part }: Holder, other: Holder, context: EvaluationContext): boolean {
  const className = plainType(part.type).displayName;
  const inOther = partsNamed(other.part, (name) => name === className, context);
  return inOther.some((each) => isSamePart(each, part));
}

/** Throws UserError where several bases have methods of the name. */
function methodsOf(object: Value, name: string, context: EvaluationContext, isExact: boolean): Method[] {
  const holders = holdersOf(object, name, context, isExact);
  const visible = holders.filter(
    (holder, index) =>
      !holders.some(
        (other, at) =>
          at !== index &&
          isHidden(holder, other, context) &&
          (at < index || !isHidden(other, holder, context)),
      ),
  );
  if (visible.length > 1)
    throw new UserError(
      `${name} is of several base classes of ${plainType(object.type).displayName}: write the class before it, as in object.Base::${name}().`,
    );
  return visible[0]?.methods ?? [];
}

/** Of a virtual base there is one part for all ways to it. */
function isSamePart(left: Value, right: Value): boolean {
  if (left.place.kind !== "memory" || right.place.kind !== "memory") return left === right;
  return (
    left.place.address === right.place.address &&
    plainType(left.type).displayName === plainType(right.type).displayName
  );
}

/** The parts of an object that are of a class, the object itself or bases, by a test of its name. */
function partsNamed(object: Value, isMeant: (name: string) => boolean, context: EvaluationContext): Value[] {
  if (recordOf(object.type, context) === undefined) return [];
  if (isMeant(plainType(object.type).displayName)) return [object];
  return basesOf(object, context).flatMap((base) =>
    partsNamed(readMember(object, base, context), isMeant, context),
  );
}

/**
 * The part of an object that is of a class, as one writes it: the object itself, or that of a base. Throws UserError where
 * there are several.
 */
export function partOfClass(object: Value, written: string, context: EvaluationContext): Value | undefined {
  const exact = partsNamed(object, (name) => name === written, context);
  const parts = exact.length > 0 ? exact : partsNamed(object, (name) => standsIn(name, written), context);
  const [first, ...more] = parts;
  if (first && more.some((part) => !isSamePart(part, first)))
    throw new UserError(
      `${plainType(object.type).displayName} has the base class ${written} more than once: write the one before it that has it, too.`,
    );
  return first;
}

/**
 * The methods of a name that an object has; none when it is of no class, or its class and their bases have none of that name in the
 * program: a compiler leaves out what is never called. `isExact`: virtual ones are those of the class itself, not of what was made of it.
 */
export function methodsNamed(
  object: Value,
  name: string,
  context: EvaluationContext,
  isExact = false,
): readonly Method[] {
  return recordOf(object.type, context) === undefined ? [] : methodsOf(object, name, context, isExact);
}

/** The one of several methods of a name that `object.name(given)` calls. Throws UserError when none takes so many arguments. */
export function methodMeant(
  methods: readonly Method[],
  object: Value,
  name: string,
  given: readonly Value[],
  env: Environment,
): Method {
  const found = bestFitting(methods, given, env.context, object);
  if (found === undefined)
    throw noneTakes(`${plainType(object.type).displayName}::${name}`, methods, given, env);
  return found;
}

/** Throws UserError where a method is to be called for no object. */
export function requireObject(self: Value | undefined, { place }: Value, name: string): void {
  if (self !== undefined && place.kind === "memory" && place.address === 0n)
    throw new UserError(`${name} cannot be called: the pointer is null, so there is no object.`);
}
