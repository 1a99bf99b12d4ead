/** Where a value is, as the expression of its location says. */
import type { DieReference } from "./types";

export type Place =
  | { readonly kind: "memory"; readonly address: bigint }
  | { readonly kind: "register"; readonly number: number }
  /** The value itself, its low bytes first, in no place that could be written. */
  | { readonly kind: "value"; readonly value: bigint }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** Joined from the lowest bits up; each piece takes `bitSize` bits of its place, from `bitOffset` on. */
  | { readonly kind: "pieces"; readonly pieces: readonly Piece[] }
  /** A pointer whose target is known, though the pointer is not: `byteOffset` into what `die` names. */
  | { readonly kind: "implicitPointer"; readonly die: DieReference; readonly byteOffset: bigint }
  | { readonly kind: "optimizedOut" };

export interface Piece {
  readonly place: Place;
  readonly bitSize: number;
  readonly bitOffset: number;
}
