/** Whether a pointer may lead to a function: whether its address stands anywhere in its file but in a call or a jump. */
import { toMemory } from "../../target/addresses";
import type { Memory } from "../../target/target";
import { entryOf, type LoadedFunction } from "../modules/loadedFunctions";
import type { LoadedModule } from "../types";

/** Bytes of a file that are looked through, at most: in a larger one there may be a pointer to everything. */
const MOST_BYTES = 32 << 20;

/** LEA with the address of its operand relative to the next instruction: 8D, ModRM 00xxx101, disp32 (Intel SDM volume 2, LEA and table 2-2). */
const LEA = 0x8d;
const LEA_LENGTH = 6;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Addresses in the code of a file, as it is loaded, that it holds; undefined: it may hold any. */
type Pointers = ReadonlySet<number> | undefined;

const known = new WeakMap<LoadedModule, { readonly pointers: Pointers }>();

export function mayBePointedTo(target: LoadedFunction, memory: Pick<Memory, "read">): boolean {
  const { module } = target;
  let found = known.get(module);
  if (found === undefined) known.set(module, (found = { pointers: pointersIn(module, memory) }));
  return found.pointers?.has(Number(entryOf(target))) ?? true;
}

function pointersIn({ symbols, bias }: LoadedModule, memory: Pick<Memory, "read">): Pointers {
  const { segments, positionIndependent } = symbols;
  const total = segments.reduce((sum, { fileSize }) => sum + Number(fileSize), 0);
  if (total > MOST_BYTES) return undefined;
  const code = boundsOf(segments.filter(({ executable }) => executable).map(({ range }) => range));
  const offset = Number(bias);
  const pointers = new Set<number>();
  for (const { range, fileSize, executable } of segments) {
    const length = Number(fileSize);
    const start = toMemory(range.low, bias);
    const bytes = memory.read(start, length);
    if (bytes.length < length) return undefined;
    const words = bytes.subarray(Number((8n - (range.low % 8n)) % 8n));
    addWords(words, { low: code.low + offset, high: code.high + offset }, 0, pointers);
    // Symbols that other files can refer to, and addends of relocations.
    if (offset !== 0) addWords(words, code, offset, pointers);
    if (executable) addComputed(bytes, Number(start), pointers);
    if (executable && !positionIndependent) addImmediate(bytes, code, pointers);
  }
  return pointers;
}

function boundsOf(ranges: readonly { readonly low: bigint; readonly high: bigint }[]): Bounds {
  return {
    low: Math.min(...ranges.map(({ low }) => Number(low))),
    high: Math.max(...ranges.map(({ high }) => Number(high))),
  };
}

/** Words of 8 bytes, and what is to be added to them. */
function addWords(bytes: Buffer, { low, high }: Bounds, offset: number, pointers: Set<number>): void {
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
    if (value >= low && value < high) pointers.add(value + offset);
  }
}

function addComputed(code: Buffer, start: number, pointers: Set<number>): void {
  for (let at = code.indexOf(LEA); at >= 0 && at + LEA_LENGTH <= code.length; at = code.indexOf(LEA, at + 1))
    if (((code[at + 1] ?? 0) & 0xc7) === 0x05)
      pointers.add(start + at + LEA_LENGTH + code.readInt32LE(at + 2));
}

/** Operands of 4 bytes, in programs that are not moved. */
function addImmediate(code: Buffer, { low, high }: Bounds, pointers: Set<number>): void {
  for (let at = 0; at + 4 <= code.length; at++) {
    const value = code.readUInt32LE(at);
    if (value >= low && value < high) pointers.add(value);
  }
}
