/** Where a file's sections are. */
import { execFileSync } from "node:child_process";

export interface FileSection {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** The name, address, offset and size of each section of a file, by readelf; hexadecimal but for the name. */
function rowsOf(file: string): string[][] {
  const output = execFileSync("readelf", ["-SW", file], { encoding: "utf8" });
  const rows = output.matchAll(/\] (\.\S+)\s+\S+\s+([0-9a-f]+) ([0-9a-f]+) ([0-9a-f]+)/g);
  return [...rows].map(([, ...columns]) => columns);
}

/** The sections whose whole names match. */
export function sectionsNamed(file: string, names: RegExp): FileSection[] {
  return rowsOf(file)
    .map(([name = "", , offset = "", size = ""]) => ({
      name,
      offset: Number.parseInt(offset, 16),
      size: Number.parseInt(size, 16),
    }))
    .filter(({ name }) => names.exec(name)?.[0] === name);
}

/** The sections that debug information is read from. */
export function debugSections(file: string): FileSection[] {
  return sectionsNamed(file, /\.debug_\w+|\.eh_frame\w*|\.symtab|\.strtab/);
}

/** Every section with the address that the file gives it. */
export function addressedSections(file: string): { name: string; address: bigint; size: bigint }[] {
  return rowsOf(file).map(([name = "", address = "", , size = ""]) => ({
    name,
    address: BigInt(`0x${address}`),
    size: BigInt(`0x${size}`),
  }));
}
