/** Source languages (DW_LANG_*, DWARF 5 section 7.12). */
import type { FunctionSymbol } from "./types";

const C_PLUS_PLUS = [0x04, 0x1a, 0x21, 0x2b];
const C = [0x01, 0x02, 0x0c, 0x1d, 0x2c];
const RUST = 0x1c;
const ASSEMBLY = [0x8001, 0x31];

/** The language of a unit (DW_LANG_*). */
export function languageOf(code: number): NonNullable<FunctionSymbol["language"]> {
  if (C.includes(code)) return "c";
  if (C_PLUS_PLUS.includes(code)) return "c++";
  if (code === RUST) return "rust";
  return ASSEMBLY.includes(code) ? "assembly" : "other";
}
