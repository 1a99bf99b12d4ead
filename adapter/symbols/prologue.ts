/** Where a function's body starts: the first address that a breakpoint on the function should stop at. */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import type { Unit } from "./debugData";
import { StatementFlag } from "./dwarf";
import { languageOf } from "./languages";
import type { LineTable, Lines } from "./lines";
import type { FileRange } from "./types";

const ENDBR64 = Buffer.from("f30f1efa", "hex");
const PUSH_RBP = 0x55;
const MOV_RSP_RBP = [Buffer.from("4889e5", "hex"), Buffer.from("488bec", "hex")];

/** How many bytes of x86-64 code set up a frame pointer at a function's start: endbr64, push %rbp, mov %rsp,%rbp. */
export function pushesFramePointer(code: Buffer): number {
  let at = code.subarray(0, 4).equals(ENDBR64) ? 4 : 0;
  if (code[at] !== PUSH_RBP) return 0;
  at += 1;
  return MOV_RSP_RBP.some((move) => code.subarray(at, at + 3).equals(move)) ? at + 3 : 0;
}

/** GCC tells its options in DW_AT_producer; the last -O counts. Clang and rustc mark the prologue's end instead. */
function isOptimized(producer: string): boolean {
  const levels = [...producer.matchAll(/ -O(\w*)/g)].map(([, level]) => level);
  return (levels.at(-1) ?? "0") !== "0";
}

/** The part of the function that holds its entry. */
function entryRange(ranges: readonly FileRange[], entry: FileAddress): FileRange | undefined {
  return ranges.find(({ low, high }) => entry >= low && entry < high);
}

function markedEnd(table: LineTable, range: FileRange, entry: FileAddress): FileAddress | undefined {
  for (let row = table.firstRowFrom(entry); row < table.rowCount && table.address(row) < range.high; row++) {
    if (table.has(row, StatementFlag.prologueEnd)) return table.address(row);
  }
  return undefined;
}

function secondStatement(table: LineTable, range: FileRange, entry: FileAddress): FileAddress | undefined {
  for (
    let row = table.firstRowFrom(entry + 1n);
    row < table.rowCount && table.address(row) < range.high;
    row++
  ) {
    if (table.has(row, StatementFlag.endSequence)) return undefined;
    if (table.has(row, StatementFlag.statement) && table.line(row) !== 0) return table.address(row);
  }
  return undefined;
}

/**
 * The first address behind the prologue: the row the compiler marked, else the second row of the line table, as GDB
 * takes it. Optimized code that GCC made is stopped at its entry: its rows come in no order that execution follows,
 * and its location lists hold from the first instruction on.
 */
export function bodyStart(
  sources: { readonly lines: Lines; bytesAt(address: FileAddress, length: number): Buffer },
  unit: Unit,
  found: { readonly entry: FileAddress; readonly ranges: readonly FileRange[] },
): FileAddress {
  const { entry } = found;
  const table = sources.lines.table(unit.index);
  const range = entryRange(found.ranges, entry);
  if (table === undefined || range === undefined || table.rowAt(entry) === undefined) {
    return fileAddress(entry + BigInt(pushesFramePointer(sources.bytesAt(entry, 16))));
  }
  if (languageOf(unit.language) === "assembly") return entry;
  const marked = markedEnd(table, range, entry);
  if (marked !== undefined) return marked;
  if (isOptimized(unit.producer)) return entry;
  return secondStatement(table, range, entry) ?? entry;
}
