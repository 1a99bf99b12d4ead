/** Variables: from what the debug information says about their place to values. */
import { isDeepStrictEqual } from "node:util";
import { evaluate, evaluateNumber } from "../../symbols/evaluate";
import type { Piece, Place } from "../../symbols/places";
import type { ArrayDimension, Type } from "../../symbols/sourceTypes";
import { ExpressionError } from "../../symbols/stackItems";
import type { ElfSymbol, Location, VariableSymbol } from "../../symbols/types";
import { fileAddress, memoryAddress, toFile, toMemory } from "../../target/addresses";
import { TargetError } from "../../target/target";
import { searchOrder } from "../modules/searchOrder";
import { UserError } from "../types";
import type { EvaluationContext, Frame, LoadedModule, ModuleList, Value, ValuePlace } from "../types";
import { dwarfContextOf } from "./dwarfContext";
import {
  constantValue,
  integerOf,
  OPTIMIZED_OUT,
  partOf,
  readFrom,
  readPlace,
  unavailableValue,
  valueAt,
} from "./values";
import { decodeInteger, encodeInteger } from "./valuesIntegers";
import { arrayOf, plainType, sizeOf } from "./valuesTypes";

/** The value of a variable in the context's frame. What cannot be had is said in `unavailable`; never throws UserError. */
export function readVariable(
  symbol: VariableSymbol,
  module: LoadedModule,
  context: EvaluationContext,
): Value {
  try {
    return located(symbol, module, context);
  } catch (error) {
    const { type } = symbol;
    if (error instanceof UserError) return unavailableValue(type, error.message);
    if (error instanceof TargetError) return unavailableValue(type, `<${error.message}>`);
    if (error instanceof ExpressionError)
      return unavailableValue(type, `<the debug information is damaged: ${error.message}>`);
    throw error;
  }
}

function located(symbol: VariableSymbol, module: LoadedModule, context: EvaluationContext): Value {
  const location = locationOf(symbol, module, context);
  const definition = definitionOf(symbol, module, location, context.modules);
  if (definition !== undefined) {
    const { address, kind } = definition.symbol;
    const place =
      kind === "threadLocal"
        ? context.threadLocalAddress(definition.module, address)
        : toMemory(address, definition.module.bias);
    return valueAt(symbol.type, place, context);
  }
  if (location.kind === "absent") return declared(symbol, module, context);
  const type = resolveDynamicType(symbol.type, context, module);
  if (location.kind === "optimizedOut") return unavailableValue(type, OPTIMIZED_OUT);
  if (location.kind === "constant") return constantOfSize(type, location.bytes);
  const reading = survivesCall(symbol, location, module, context) ? holding(context) : context;
  return placed(type, evaluate(location.ops, dwarfContextOf(reading, module)), module, reading);
}

/**
 * Whether the debug information has a caller's variable in the same place before and after the call: then whatever
 * scratch registers it names came through it (GCC's -fipa-ra knows what a callee changes). A place that ends
 * with the call says no such thing.
 */
function survivesCall(
  symbol: VariableSymbol,
  location: Location & { kind: "expression" },
  module: LoadedModule,
  { frame }: EvaluationContext,
): boolean {
  if (frame?.registers.held === undefined || frame.pc === frame.lookupPc || frame.module !== module)
    return false;
  const back = toFile(frame.pc, module.bias);
  const after = module.symbols.locationOf(symbol, back);
  if (after.kind !== "expression" || !isDeepStrictEqual(after.ops, location.ops)) return false;
  const scopes = module.symbols.scopesAt(back, frame.inlineLevel);
  return scopes.some(({ variables }) => variables.some(({ die }) => die === symbol.die));
}

function holding(context: EvaluationContext): EvaluationContext {
  const { frame } = context;
  const held = frame?.registers.held;
  if (frame === undefined || held === undefined) return context;
  return { ...context, frame: Object.create(frame, { registers: { value: held } }) as Frame };
}

function locationOf(symbol: VariableSymbol, module: LoadedModule, context: EvaluationContext): Location {
  const { frame } = context;
  const address = frame?.module === module ? toFile(frame.lookupPc, module.bias) : fileAddress(0n);
  return module.symbols.locationOf(symbol, address);
}

/**
 * The symbol that defines a variable where its own debug information does not: it is only declared here, lives in
 * the executable though a library defines it (a copy relocation), or is an alias whose place is not told.
 */
export function definitionOf(
  symbol: VariableSymbol,
  module: LoadedModule,
  location: Location,
  modules: ModuleList,
): { symbol: ElfSymbol; module: LoadedModule } | undefined {
  const name = symbol.linkageName ?? symbol.name;
  const copied = module !== modules.main && modules.main?.symbols.elfSymbolNamed(name)?.kind === "object";
  const elsewhere = location.kind === "optimizedOut" || copied;
  if (location.kind !== "absent" && !(symbol.kind === "external" && elsewhere)) return undefined;
  for (const candidate of searchOrder(modules)) {
    const found = candidate.symbols.elfSymbolNamed(name);
    if (found?.kind === "object" || found?.kind === "threadLocal")
      return { symbol: found, module: candidate };
  }
  return undefined;
}

/** A variable that is only declared here and that no symbol table names. */
function declared(symbol: VariableSymbol, module: LoadedModule, context: EvaluationContext): Value {
  const own = module.symbols.variablesNamed(symbol.name).find((other) => !other.declarationOnly);
  if (own === undefined || own.die === symbol.die) return unavailableValue(symbol.type, OPTIMIZED_OUT);
  return located(own, module, context);
}

function constantOfSize(type: Type, bytes: Buffer): Value {
  const size = sizeOf(type) ?? bytes.length;
  if (bytes.length >= size) return constantValue(type, bytes.subarray(0, size));
  const negative = ((bytes.at(-1) ?? 0) & 0x80) !== 0;
  return constantValue(type, Buffer.concat([bytes, Buffer.alloc(size - bytes.length, negative ? 0xff : 0)]));
}

function placed(type: Type, place: Place, module: LoadedModule, context: EvaluationContext): Value {
  switch (place.kind) {
    case "memory":
      return valueAt(type, memoryAddress(place.address), context);
    case "register":
      return readPlace(type, { kind: "register", number: place.number }, context);
    case "value":
      return constantValue(type, encodeInteger(place.value, sizeOf(type) ?? 8));
    case "bytes":
      return constantOfSize(type, place.bytes);
    case "pieces":
      return joined(type, place.pieces, context);
    case "implicitPointer":
      return {
        ...unavailableValue(type, "<optimized out pointer>"),
        pointee: pointeeOf(place, module, context),
      };
    case "optimizedOut":
      return unavailableValue(type, OPTIMIZED_OUT);
  }
}

/** What an implicit pointer leads to (DWARF 5, 2.6.1.1.4): a variable of the same frame, or a constant. */
function pointeeOf(
  { die, byteOffset }: Extract<Place, { kind: "implicitPointer" }>,
  module: LoadedModule,
  context: EvaluationContext,
): NonNullable<Value["pointee"]> {
  return (type, offset) => {
    const target = module.symbols.variableOf(die);
    if (target === undefined) return unavailableValue(type, OPTIMIZED_OUT);
    const whole = readVariable(target, module, context);
    if (whole.unavailable !== undefined) return unavailableValue(type, whole.unavailable);
    return partOf(whole, type, Number(byteOffset) + offset, context);
  };
}

function joined(type: Type, pieces: readonly Piece[], context: EvaluationContext): Value {
  const whole = pieces.every(({ bitSize, bitOffset }) => bitSize % 8 === 0 && bitOffset % 8 === 0);
  if (!whole) return joinedBits(type, pieces, context);
  const places = pieces.map((piece) => ({ place: piecePlace(piece), bytes: piece.bitSize / 8 }));
  if (places.every(({ place }) => place.kind === "optimizedOut"))
    return unavailableValue(type, OPTIMIZED_OUT);
  return readPlace(type, { kind: "pieces", pieces: places }, context);
}

function piecePlace({ place, bitSize, bitOffset }: Piece): ValuePlace {
  const offset = bitOffset / 8;
  switch (place.kind) {
    case "memory":
      return { kind: "memory", address: memoryAddress(place.address + BigInt(offset)) };
    case "register":
      return { kind: "register", number: place.number, offset };
    case "value":
      return {
        kind: "constant",
        bytes: encodeInteger(place.value, Math.max(8, offset + bitSize / 8)).subarray(offset),
      };
    case "bytes":
      return { kind: "constant", bytes: place.bytes.subarray(offset) };
    default:
      return { kind: "optimizedOut" };
  }
}

/** Pieces that are no whole bytes: the value can be read, not written. */
function joinedBits(type: Type, pieces: readonly Piece[], context: EvaluationContext): Value {
  let bits = 0n;
  let shift = 0n;
  for (const piece of pieces) {
    const bytes = Math.ceil((piece.bitOffset + piece.bitSize) / 8);
    const place = piecePlace({ ...piece, bitSize: bytes * 8, bitOffset: 0 });
    if (place.kind === "optimizedOut") return unavailableValue(type, OPTIMIZED_OUT);
    const source = decodeInteger(readFrom(place, 0, bytes, context), false);
    bits |= BigInt.asUintN(piece.bitSize, source >> BigInt(piece.bitOffset)) << shift;
    shift += BigInt(piece.bitSize);
  }
  return constantValue(type, encodeInteger(bits, sizeOf(type) ?? Math.ceil(Number(shift) / 8)));
}

/**
 * An array type whose lengths only the running program knows, with the lengths it has in the context's frame. One that
 * is not known there (optimized out) stays as it is.
 */
export function resolveDynamicType(
  type: Type,
  context: EvaluationContext,
  module: LoadedModule | undefined = context.frame?.module,
): Type {
  const plain = plainType(type);
  if (plain.kind !== "array" || module === undefined) return type;
  const element = resolveDynamicType(plain.element, context, module);
  if (element === plain.element && plain.dimensions.every((dimension) => "count" in dimension)) return type;
  return arrayOf(
    element,
    plain.dimensions.map((dimension) => {
      const count = countOf(dimension, context, module);
      return count === undefined ? dimension : { count };
    }),
  );
}

function countOf(
  dimension: ArrayDimension,
  context: EvaluationContext,
  module: LoadedModule,
): number | undefined {
  if ("count" in dimension) return dimension.count;
  const upper =
    "countFrom" in dimension
      ? numberOf(dimension.countFrom, module, context)
      : evaluateNumber(dimension.countOps, dwarfContextOf(context, module));
  if (upper === undefined) return undefined;
  const count = BigInt.asIntN(64, upper) + BigInt(dimension.plus);
  return count >= 0n && count < 1n << 47n ? Number(count) : undefined;
}

function numberOf(
  symbol: VariableSymbol,
  module: LoadedModule,
  context: EvaluationContext,
): bigint | undefined {
  const value = readVariable(symbol, module, context);
  return value.bytes === undefined ? undefined : integerOf(value, true, context);
}
