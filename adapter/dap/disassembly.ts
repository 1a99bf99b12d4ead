/** The instructions around an address, aligned as the program runs them: decoding begins where a function begins. */
import type { LoadedModule } from "../debugger/types";
import { memoryAddress, offsetBy, toFile, toMemory, type MemoryAddress } from "../target/addresses";
import { LONGEST_INSTRUCTION, type DecodedInstruction, type Decoder } from "./x86Disassembler";

/** What disassembling needs of the program. */
export interface CodeSource {
  readonly modules: readonly LoadedModule[];
  /** The readable prefix of the bytes at an address. */
  read(address: MemoryAddress, length: number): Buffer;
}

/** An instruction, or a place where no memory can be read. */
export interface CodeLine extends DecodedInstruction {
  readonly unreadable: boolean;
}

/** How far before an address decoding starts where no function is known, so that it has fallen into step. */
const LEAD = 16 * LONGEST_INSTRUCTION;

/** A function larger than this is not decoded from its start. */
const LARGEST_FUNCTION = 1 << 20;

/** Functions walked back over for one request; more than a screen needs. */
const MOST_FUNCTIONS = 1000;

/**
 * Exactly `count` lines, the first one `offset` instructions away from the one at `address` (DAP's `disassemble`).
 * What cannot be read or does not exist fills up the count.
 */
export function disassemble(
  source: CodeSource,
  decode: Decoder,
  address: MemoryAddress,
  offset: number,
  count: number,
): CodeLine[] {
  const before = offset < 0 ? linesBefore(source, decode, address, -offset) : [];
  const lines = before.slice(0, count);
  const skip = Math.max(0, offset);
  const after = Math.max(0, count - lines.length);
  return [...lines, ...linesFrom(source, decode, address, skip + after).slice(skip)];
}

/** `count` lines from an address on. */
function linesFrom(source: CodeSource, decode: Decoder, address: MemoryAddress, count: number): CodeLine[] {
  const lines: CodeLine[] = [];
  let at = address;
  while (lines.length < count) {
    const wanted = count - lines.length;
    const bytes = source.read(at, Math.min(wanted, 4096) * LONGEST_INSTRUCTION);
    const decoded = decode(bytes, at, wanted);
    lines.push(...decoded.map((each) => ({ ...each, unreadable: false })));
    at = end(decoded) ?? at;
    if (decoded.length === 0) {
      lines.push(bytes.length > 0 ? cutOff(bytes, at) : unreadableAt(at));
      at = offsetBy(at, 1);
    }
  }
  return lines;
}

/** `count` lines that end at an address. */
function linesBefore(source: CodeSource, decode: Decoder, address: MemoryAddress, count: number): CodeLine[] {
  let lines: CodeLine[] = [];
  let at = address;
  for (let walked = 0; lines.length < count && walked < MOST_FUNCTIONS; walked++) {
    const start = startBefore(source, at);
    const bytes = source.read(start, Number(at - start));
    if (bytes.length < Number(at - start)) break;
    lines = [...decodeUpTo(decode, bytes, start), ...lines];
    at = start;
  }
  const missing = count - lines.length;
  const padding = Array.from({ length: Math.max(0, missing) }, (_, index) =>
    unreadableAt(offsetBy(at, index - missing)),
  );
  return [...padding, ...lines].slice(-count);
}

/** All of the bytes as lines; where the last instruction runs over the end, its bytes are shown one by one. */
function decodeUpTo(decode: Decoder, bytes: Buffer, start: MemoryAddress): CodeLine[] {
  const lines: CodeLine[] = decode(bytes, start, bytes.length).map((each) => ({
    ...each,
    unreadable: false,
  }));
  const stop = offsetBy(start, bytes.length);
  for (let at = end(lines) ?? start; at < stop; at = offsetBy(at, 1))
    lines.push(cutOff(bytes.subarray(Number(at - start)), at));
  return lines;
}

/** Where to begin so as to be in step at `address`: the start of the function that covers the byte before it. */
function startBefore(source: CodeSource, address: MemoryAddress): MemoryAddress {
  const last = offsetBy(address, -1);
  const fallback = memoryAddress(address > LEAD ? address - BigInt(LEAD) : 0n);
  const module = moduleAt(source.modules, last);
  if (!module) return fallback;
  const file = toFile(last, module.bias);
  const found = module.symbols.elfSymbolAt(file);
  const isCode = found?.kind === "function" || found?.kind === "linkageStub";
  const entry = isCode ? found.address : module.symbols.functionAt(file)?.entry;
  if (entry === undefined || entry > file || file - entry > LARGEST_FUNCTION) return fallback;
  return toMemory(entry, module.bias);
}

/** The module that has an address in one of its segments. */
export function moduleAt(modules: readonly LoadedModule[], address: MemoryAddress): LoadedModule | undefined {
  return modules.find(({ symbols, bias }) => {
    const file = toFile(address, bias);
    return symbols.segments.some(({ range }) => file >= range.low && file < range.high);
  });
}

function end(lines: readonly DecodedInstruction[]): MemoryAddress | undefined {
  const last = lines.at(-1);
  return last && offsetBy(last.address, last.bytes.length);
}

function cutOff(bytes: Buffer, address: MemoryAddress): CodeLine {
  const byte = bytes.subarray(0, 1);
  return { address, bytes: byte, text: `.byte 0x${byte.toString("hex")}`, invalid: true, unreadable: false };
}

function unreadableAt(address: MemoryAddress): CodeLine {
  return { address, bytes: Buffer.alloc(0), text: "??", invalid: true, unreadable: true };
}
