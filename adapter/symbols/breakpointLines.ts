/** From a source line to the addresses at which to stop for it. */
import type { FileAddress } from "../target/addresses";
import { StatementFlag } from "./dwarf";
import type { Functions } from "./functions";
import type { LineTable, Lines } from "./lines";
import type { Scopes } from "./scopes";

export class BreakpointLines {
  constructor(
    private readonly lines: Lines,
    private readonly functions: Functions,
    private readonly scopes: Scopes,
  ) {}

  /** See SymbolModule.addressesForLine. */
  addressesFor(file: string, line: number): { line: number; addresses: FileAddress[] } | undefined {
    const tables = this.tablesOf(file);
    const best = Math.min(...tables.map((table) => nextLine(table, file, line)));
    if (!Number.isFinite(best)) return undefined;
    const starts = tables.flatMap((table) => statementsOf(table, file, best));
    const addresses = this.onePerBlock(starts).map((address) => this.behindPrologue(address));
    return { line: best, addresses: [...new Set(addresses)] };
  }

  /** See SymbolModule.linesWithCode. */
  linesWithCode(file: string, from: number, to: number): number[] {
    const found = new Set<number>();
    for (const table of this.tablesOf(file)) {
      forEachStatement(table, file, (row) => {
        const line = table.line(row);
        if (line >= from && line <= to) found.add(line);
      });
    }
    return [...found].sort((a, b) => a - b);
  }

  private tablesOf(file: string): LineTable[] {
    const units = this.lines.filesWithUnits().get(file) ?? [];
    return units.map((unit) => this.lines.table(unit)).filter((table) => table !== undefined);
  }

  /** As GDB does: of all places of a line in the same block or inlined call, the lowest. */
  private onePerBlock(addresses: readonly FileAddress[]): FileAddress[] {
    const sorted = [...new Set(addresses)].sort((a, b) => (a < b ? -1 : 1));
    const seen = new Set<number>();
    return sorted.filter((address) => {
      const block = this.scopes.pathAt(address).at(-1)?.reference ?? 0;
      if (seen.has(block)) return false;
      seen.add(block);
      return true;
    });
  }

  private behindPrologue(address: FileAddress): FileAddress {
    const found = this.functions.at(address);
    if (found === undefined || address < found.entry) return address;
    return address < found.bodyStart ? found.bodyStart : address;
  }
}

function forEachStatement(table: LineTable, file: string, visit: (row: number) => void): void {
  const indexes = new Set(table.files.flatMap((name, index) => (name === file ? [index] : [])));
  for (let row = 0; row < table.rowCount; row++) {
    if (!indexes.has(table.fileIndex(row)) || table.line(row) === 0) continue;
    const counts = table.has(row, StatementFlag.statement) && !table.has(row, StatementFlag.endSequence);
    if (counts) visit(row);
  }
}

function nextLine(table: LineTable, file: string, from: number): number {
  let best = Infinity;
  forEachStatement(table, file, (row) => {
    const line = table.line(row);
    if (line >= from && line < best) best = line;
  });
  return best;
}

function statementsOf(table: LineTable, file: string, line: number): FileAddress[] {
  const found: FileAddress[] = [];
  forEachStatement(table, file, (row) => {
    if (table.line(row) === line) found.push(table.address(row));
  });
  return found;
}
