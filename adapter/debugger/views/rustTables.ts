/** Views of Rust's hash tables, which are those of the crate hashbrown (its src/raw/mod.rs). */
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { recordOf } from "../values/valuesMembers";
import { sizeOf } from "../values/valuesTypes";
import { memberOf, MOST_BYTES, numberAt, partAt, partsFrom, type ViewMaker, type ViewPart } from "./view";

/** Of a control byte: the bucket has nothing. */
const FREE = 0x80;
const CHUNK = 4096;
/** Control bytes that are looked at, at most: memory that holds no table yet may have any number of buckets. */
const MOST_BUCKETS = 1 << 22;

/** Numbers of the buckets that have something, found as far as they are asked for. */
function fullBuckets(
  control: bigint,
  buckets: bigint,
  context: EvaluationContext,
): (index: number) => bigint {
  const found: number[] = [];
  let looked = 0;
  return (index) => {
    while (found.length <= index) {
      const length = Math.min(CHUNK, Number(buckets) - looked, MOST_BUCKETS - looked);
      const bytes = context.target.memory.read(memoryAddress(control + BigInt(looked)), length);
      if (length <= 0 || bytes.length < length) throw new UserError("The table has fewer.");
      bytes.forEach((byte, at) => byte < FREE && found.push(looked + at));
      looked += length;
    }
    return BigInt(found[index] ?? 0);
  };
}

/** The elements lie before the control bytes, the first one last. */
function tableView(partOf: (pair: Value, context: EvaluationContext) => ViewPart): ViewMaker {
  return (value, context) => {
    const base = partAt(value, ["base"], context);
    const raw = partAt(memberOf(base, "map", context) ?? base, ["table"], context);
    const [pair] = recordOf(raw.type, context)?.typeArguments ?? [];
    const size = pair && sizeOf(pair);
    const control = numberAt(raw, ["table", "ctrl"], context);
    const buckets = numberAt(raw, ["table", "bucket_mask"], context) + 1n;
    const count = numberAt(raw, ["table", "items"], context);
    const isPowerOfTwo = (buckets & (buckets - 1n)) === 0n;
    if (pair === undefined || size === undefined || control >> 64n !== 0n) return undefined;
    if (!isPowerOfTwo || count > buckets || buckets > MOST_BYTES) return undefined;
    const bucketAt = fullBuckets(control, buckets, context);
    return {
      kind: "sequence",
      count: Number(count),
      isUnordered: true,
      parts: (start, length) =>
        partsFrom(start, Math.min(Number(count), start + length), (index) => {
          const at = memoryAddress(control - (bucketAt(index) + 1n) * BigInt(size));
          return partOf(valueAt(pair, at, context), context);
        }),
    };
  };
}

/** By the path of a type. */
export const rustTables: ReadonlyMap<string, ViewMaker> = new Map([
  [
    "std::collections::hash::map::HashMap",
    tableView((pair, context) => ({
      key: partAt(pair, ["__0"], context),
      value: partAt(pair, ["__1"], context),
    })),
  ],
  [
    "std::collections::hash::set::HashSet",
    tableView((pair, context) => ({ value: partAt(pair, ["__0"], context) })),
  ],
]);
