/** The characters of strings in memory, as many as are shown. */
import { memoryAddress } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { EvaluationContext } from "../types";
import { escapeUnits } from "./formatStrings";

/** Characters that are shown of a string, at most. */
export const MAX_STRING = 200;
const PAGE = 4096n;

/** Reads up to a NUL or `limit` bytes, page by page, so that the end of a mapping does no harm. */
export function readString(
  address: MemoryAddress,
  limit: number,
  context: EvaluationContext,
): { bytes: Buffer; ended: boolean; failure?: string } {
  const parts: Buffer[] = [];
  let at: bigint = address;
  for (let left = limit; left > 0;) {
    const length = Math.min(left, Number(PAGE - (at % PAGE)));
    const bytes = context.target.memory.read(memoryAddress(at), length);
    const end = bytes.indexOf(0);
    if (end >= 0) return { bytes: Buffer.concat([...parts, bytes.subarray(0, end)]), ended: true };
    parts.push(bytes);
    if (bytes.length < length)
      return {
        bytes: Buffer.concat(parts),
        ended: false,
        failure: `<cannot read memory at 0x${(at + BigInt(bytes.length)).toString(16)}>`,
      };
    at += BigInt(length);
    left -= length;
  }
  return { bytes: Buffer.concat(parts), ended: false };
}

/** Wide characters at an address as a literal. */
export function wideString(
  address: MemoryAddress,
  unitSize: number,
  prefix: string,
  context: EvaluationContext,
): string {
  const bytes = context.target.memory.read(address, MAX_STRING * unitSize);
  if (bytes.length < unitSize) return `<cannot read memory at 0x${address.toString(16)}>`;
  return wideLiteral(bytes, unitSize, prefix);
}

/** Wide characters as a literal: up to a NUL, or, where `isExact`, all of them. */
export function wideLiteral(bytes: Buffer, unitSize: number, prefix: string, isExact = false): string {
  const units: number[] = [];
  for (let at = 0; at + unitSize <= bytes.length; at += unitSize) units.push(bytes.readUIntLE(at, unitSize));
  const end = isExact ? -1 : units.indexOf(0);
  const shown = (end < 0 ? units : units.slice(0, end)).slice(0, MAX_STRING);
  return `${prefix}"${escapeUnits(shown, unitSize)}"${shown.length < units.length && end < 0 ? "..." : ""}`;
}

/** The length up to the last byte that is not NUL: what lies behind a string's end is content, too. */
export function contentLength(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
