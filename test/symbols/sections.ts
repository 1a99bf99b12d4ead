/** Where a file's debug sections are. */
import { execFileSync } from "node:child_process";

export interface FileSection {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** The sections that the symbols room reads, by readelf. */
export function debugSections(file: string): FileSection[] {
  const output = execFileSync("readelf", ["-SW", file], { encoding: "utf8" });
  const rows = output.matchAll(
    /\] (\.debug_\w+|\.eh_frame\w*|\.symtab|\.strtab)\s+\S+\s+[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)/g,
  );
  return [...rows].map(([, name, offset, size]) => ({
    name: name ?? "",
    offset: Number.parseInt(offset ?? "", 16),
    size: Number.parseInt(size ?? "", 16),
  }));
}
