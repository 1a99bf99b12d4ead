/** Memory of the program's own for values that must have an address: string literals, and what functions return in memory. */
import { randomBytes } from "node:crypto";
import { memoryAddress, offsetBy, toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, FunctionCaller, LoadedModule, Value } from "../types";
import { bytesOf, valueAt, writeMemory } from "../values/values";
import { builtin, pointerTo } from "../values/valuesTypes";
import { categoryOf } from "./arithmeticTypes";
import { requireCalls } from "./environment";
import type { Environment } from "./environment";
import { pointerValue } from "./scalars";

/** What calls functions of the program. Throws UserError where none can be called. */
export function requireCaller(context: EvaluationContext): FunctionCaller {
  if (context.callFunction !== undefined) return context.callFunction;
  throw new UserError(
    "Functions of the program cannot be called here: nothing is running that could call them.",
  );
}

/** Of glibc and of musl: no other library has it. */
const ONLY_IN_LIBC = "__libc_start_main";

/**
 * Where the code of a function of a library is, by the name that the linker has for it; undefined: the program has none.
 * What the program calls so in a namespace or in one of its files is another function. Where the C library has it, that one is meant, and
 * not a wrapper of the program's or of LD_PRELOAD, which may take locks.
 */
export function codeNamed(name: string, { place }: Environment): MemoryAddress | undefined {
  const library = place.modules.find((module) => functionOf(module, ONLY_IN_LIBC) !== undefined);
  for (const module of library ? [library, ...place.modules] : place.modules) {
    const entry = functionOf(module, name);
    if (entry !== undefined) return entry;
  }
  return undefined;
}

function functionOf({ symbols, bias }: LoadedModule, name: string): MemoryAddress | undefined {
  const symbol = symbols.elfSymbolNamed(name);
  return symbol?.kind === "function" && !symbol.isLocal ? toMemory(symbol.address, bias) : undefined;
}

const MAP_FAILED = (1n << 64n) - 1n;
const PROT_READ_WRITE = 3n;
const MAP_PRIVATE_ANONYMOUS = 0x22n;

/**
 * Memory of the program's own that stays: pages from its mmap, which takes no lock, so that it is safe where the
 * program stands inside malloc or a signal handler.
 */
export async function allocate(bytes: number, env: Environment): Promise<MemoryAddress> {
  requireCalls(env);
  const entry = codeNamed("mmap", env);
  if (entry === undefined)
    throw new UserError(
      "The program has no function mmap, which is needed to place the value in its memory.",
    );
  const size = BigInt(Math.max(bytes, 1));
  const result = await requireCaller(env.context)(entry, [
    0n,
    size,
    PROT_READ_WRITE,
    MAP_PRIVATE_ANONYMOUS,
    MAP_FAILED,
    0n,
  ]);
  if (result.rax === MAP_FAILED) throw new UserError("The program has no memory left to place the value in.");
  return memoryAddress(result.rax);
}

/** Behind what was placed: in a process that has gone back in time, other things may be at that place. */
const MARK = randomBytes(16);

/** What results are given room for. */
const SPACE = 4096 - MARK.length;

/** Memory for a result; in a condition that which the last hit had. Throws UserError. */
export async function allocateResult(bytes: number, env: Environment): Promise<MemoryAddress> {
  const { spaces, target } = env.context;
  if (spaces === undefined || bytes > SPACE) return allocate(bytes, env);
  const kept = spaces.addresses[spaces.used];
  const isOurs = kept !== undefined && target.memory.read(offsetBy(kept, SPACE), MARK.length).equals(MARK);
  const address = isOurs ? kept : await allocate(SPACE + MARK.length, env);
  if (!isOurs) writeMemory(offsetBy(address, SPACE), MARK, env.context);
  spaces.addresses[spaces.used++] = address;
  return address;
}

/** Where a literal was placed before, if it is there still and nobody has changed it. */
function keptLiteral(bytes: Buffer, { context }: Environment): MemoryAddress | undefined {
  const address = context.literals?.get(bytes.toString("latin1"));
  const wanted = Buffer.concat([bytes, MARK]);
  const isThere = address !== undefined && context.target.memory.read(address, wanted.length).equals(wanted);
  return isThere ? address : undefined;
}

async function placeLiteral(bytes: Buffer, env: Environment): Promise<MemoryAddress> {
  const address = await allocate(bytes.length + MARK.length, env);
  writeMemory(address, Buffer.concat([bytes, MARK]), env.context);
  env.context.literals?.set(bytes.toString("latin1"), address);
  return address;
}

/** Where bytes are that nobody changes; those that were placed before are the same. Throws UserError. */
export async function placeBytes(bytes: Buffer, env: Environment): Promise<MemoryAddress> {
  return keptLiteral(bytes, env) ?? (await placeLiteral(bytes, env));
}

/** A string literal that must have an address is placed in the program's memory; other values stay. */
export async function placedInMemory(value: Value, env: Environment): Promise<Value> {
  const literal = value.place.kind === "constant" && categoryOf(value.type) === "array";
  if (!literal || value.bytes === undefined) return value;
  if (env.typeOnly) return pointerValue(pointerTo(builtin.char), 0n);
  return valueAt(value.type, await placeBytes(value.bytes, env), env.context);
}

/** A value that nobody changes, in memory; one that was placed before is the same. Throws UserError. */
export async function placedTemporary(value: Value, env: Environment): Promise<Value> {
  const bytes = bytesOf(value, env.context);
  return valueAt(value.type, await placeBytes(bytes, env), env.context);
}

/** An object that a call has given, in memory of its own, which a method may change. Throws UserError. */
export async function placedResult(value: Value, env: Environment): Promise<Value> {
  const bytes = bytesOf(value, env.context);
  const address = await allocateResult(bytes.length, env);
  writeMemory(address, bytes, env.context);
  return valueAt(value.type, address, env.context);
}
