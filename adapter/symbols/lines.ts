/** Line tables: from addresses to lines, and the rows of a line (DWARF 5 section 6.2). */
import { fileAddress } from "../target/addresses";
import type { FileAddress } from "../target/addresses";
import { readFileTable, sourcePath } from "./debugData";
import type { DebugData } from "./debugData";
import { StatementFlag } from "./dwarf";
import type { AnswerReader } from "./shim";
import type { FileRange, LineEntry, Segment } from "./types";

const ROW_SIZE = 20;

/** One unit's rows, sorted by address, in columns. */
export class LineTable {
  private constructor(
    readonly unit: number,
    readonly files: readonly string[],
    private readonly addresses: BigUint64Array,
    private readonly fileIndexes: Uint32Array,
    private readonly lineNumbers: Uint32Array,
    private readonly columns: Uint16Array,
    private readonly flags: Uint16Array,
  ) {}

  /**
   * Reads a table. Rows outside executable segments (code that the linker dropped) are left out, and those of line 0,
   * which the compiler gives to no line: as in GDB, such code goes with what stands before it.
   */
  static read(unit: number, reader: AnswerReader, segments: readonly Segment[]): LineTable {
    const files = readFileTable(reader);
    const count = reader.u32();
    const rows = reader.bytes(count * ROW_SIZE);
    const code = segments.filter(({ executable }) => executable).map(({ range }) => range);
    const kept: number[] = [];
    for (let at = 0; at < rows.length; at += ROW_SIZE) {
      const address = rows.readBigUInt64LE(at);
      const isEnd = (rows.readUInt16LE(at + 18) & StatementFlag.endSequence) !== 0;
      if (rows.readUInt32LE(at + 12) === 0 && !isEnd) continue;
      if (code.some(({ low, high }) => address >= low && address <= high)) kept.push(at);
    }
    return new LineTable(
      unit,
      files,
      BigUint64Array.from(kept, (at) => rows.readBigUInt64LE(at)),
      Uint32Array.from(kept, (at) => rows.readUInt32LE(at + 8)),
      Uint32Array.from(kept, (at) => rows.readUInt32LE(at + 12)),
      Uint16Array.from(kept, (at) => rows.readUInt16LE(at + 16)),
      Uint16Array.from(kept, (at) => rows.readUInt16LE(at + 18)),
    );
  }

  get rowCount(): number {
    return this.addresses.length;
  }

  address(row: number): FileAddress {
    return fileAddress(this.addresses[row] ?? 0n);
  }

  line(row: number): number {
    return this.lineNumbers[row] ?? 0;
  }

  file(row: number): string {
    return this.files[this.fileIndexes[row] ?? 0] ?? "";
  }

  fileIndex(row: number): number {
    return this.fileIndexes[row] ?? 0;
  }

  has(row: number, flag: number): boolean {
    return ((this.flags[row] ?? 0) & flag) !== 0;
  }

  /** The first row at or above an address. */
  firstRowFrom(address: bigint): number {
    let low = 0;
    let high = this.addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.addresses[middle] ?? 0n) < address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The row that covers an address: of several at one address the last that begins a statement (as GDB has it: compilers
   * put the empty statements of a view before the code's own row), else the last.
   */
  rowAt(address: bigint): number | undefined {
    const last = this.firstRowFrom(address + 1n) - 1;
    if (last < 0 || this.has(last, StatementFlag.endSequence)) return undefined;
    for (let row = last; row >= 0 && this.addresses[row] === this.addresses[last]; row--) {
      if (this.has(row, StatementFlag.endSequence) || this.line(row) === 0) break;
      if (this.has(row, StatementFlag.statement)) return row;
    }
    return last;
  }

  /** Where the code of a row ends: the next row of a higher address. */
  endOf(row: number): FileAddress {
    let next = row + 1;
    while (next < this.rowCount && this.addresses[next] === this.addresses[row]) next++;
    return next < this.rowCount ? this.address(next) : fileAddress(this.address(row) + 1n);
  }

  entry(row: number): LineEntry {
    return {
      file: this.file(row),
      line: this.line(row),
      column: this.columns[row] ?? 0,
      range: { low: this.address(row), high: this.endOf(row) },
      isStatement: this.has(row, StatementFlag.statement),
    };
  }
}

/** The line tables of a module, each read when first needed. */
export class Lines {
  private readonly tables = new Map<number, LineTable | undefined>();
  private unitsOfFiles: Map<string, number[]> | undefined;

  constructor(
    private readonly data: DebugData,
    private readonly segments: readonly Segment[],
  ) {}

  table(unit: number): LineTable | undefined {
    if (!this.tables.has(unit)) {
      const reader = this.data.shim.lines(unit);
      this.tables.set(unit, reader && LineTable.read(unit, reader, this.segments));
    }
    return this.tables.get(unit);
  }

  tableAt(address: FileAddress): LineTable | undefined {
    const unit = this.data.unitAt(address);
    return unit && this.table(unit.index);
  }

  /** Files with code, each with the units whose tables name it. */
  filesWithUnits(): ReadonlyMap<string, readonly number[]> {
    if (this.unitsOfFiles === undefined) {
      this.unitsOfFiles = new Map();
      const reader = this.data.shim.sourceFiles();
      while (reader?.more) this.readUnitFiles(reader, this.unitsOfFiles);
    }
    return this.unitsOfFiles;
  }

  entryAt(address: FileAddress): LineEntry | undefined {
    const table = this.tableAt(address);
    const row = table?.rowAt(address);
    return row === undefined ? undefined : table?.entry(row);
  }

  /** See SymbolModule.lineRangesAt; `within` bounds the search: the function's code. */
  rangesAt(address: FileAddress, within: readonly FileRange[]): FileRange[] {
    const table = this.tableAt(address);
    const row = table?.rowAt(address);
    if (table === undefined || row === undefined) return [];
    const bounds = within.length > 0 ? within : [{ low: table.address(row), high: table.endOf(row) }];
    const found = bounds.flatMap((bound) => rangesOfLine(table, row, bound));
    const isOwn = ({ low, high }: FileRange): boolean => address >= low && address < high;
    return [...found.filter(isOwn), ...found.filter((range) => !isOwn(range))];
  }

  private readUnitFiles(reader: AnswerReader, units: Map<string, number[]>): void {
    const unit = reader.u32();
    const directory = reader.string();
    for (let left = reader.u32(); left > 0; left--) {
      const file = sourcePath(directory, reader.string());
      const known = units.get(file);
      if (known === undefined) units.set(file, [unit]);
      else if (known.at(-1) !== unit) known.push(unit);
    }
  }
}

/** The ranges within `bound` that have the line of `row`. */
function rangesOfLine(table: LineTable, row: number, bound: FileRange): FileRange[] {
  const ranges: { low: FileAddress; high: FileAddress }[] = [];
  const first = table.rowAt(bound.low) ?? table.firstRowFrom(bound.low);
  for (let at = first; at < table.rowCount && table.address(at) < bound.high; at++) {
    const same = table.line(at) === table.line(row) && table.fileIndex(at) === table.fileIndex(row);
    const next = table.address(Math.min(at + 1, table.rowCount - 1));
    if (next === table.address(at)) continue;
    if (!same || table.has(at, StatementFlag.endSequence)) continue;
    const low = table.address(at) < bound.low ? bound.low : table.address(at);
    const high = table.endOf(at) > bound.high ? bound.high : table.endOf(at);
    const last = ranges.at(-1);
    if (last?.high === low) last.high = high;
    else ranges.push({ low, high });
  }
  return ranges;
}
