/** Views of Rust's owners that count each other (library/alloc/src/rc.rs, sync.rs): `Rc`, `Arc`, and the `Weak` of both. */
import { memoryAddress } from "../../target/addresses";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { builtin, plainType } from "../values/valuesTypes";
import { runView, textView } from "./runs";
import { concreteValue } from "./rustObjects";
import { wordIn } from "./rustParts";
import { addressOfValue, memberOf, MOST_BYTES, partAt, pointerAt, type View, type ViewMaker } from "./view";

/** What an owner points to: the counts, and the value behind them. */
interface Counted {
  /** The pointer, which may have a length or a table of methods. */
  readonly pointer: Value;
  readonly address: bigint;
  readonly whole: Value;
}

function countedBy(value: Value, context: EvaluationContext): Counted {
  const pointer = partAt(value, ["ptr", "pointer"], context);
  const [name] = ["data_ptr", "pointer"].filter((each) => memberOf(pointer, each, context) !== undefined);
  const { address, target } = pointerAt(pointer, name === undefined ? [] : [name], context);
  return { pointer, address, whole: valueAt(target, memoryAddress(address), context) };
}

/** The view of the value behind the counts. */
function heldBy({ pointer, whole }: Counted, counts: string, context: EvaluationContext): View | undefined {
  if (memberOf(pointer, "vtable", context) !== undefined) {
    const value = concreteValue(pointer, context);
    return { kind: "stead", value, note: `(${value.type.displayName}, ${counts})` };
  }
  const held = memberOf(whole, "value", context) ?? partAt(whole, ["data"], context);
  if (memberOf(pointer, "length", context) === undefined)
    return { kind: "stead", value: held, note: `(${counts})` };
  const count = wordIn(pointer, ["length"], context);
  if (plainType(whole.type).displayName.endsWith("<str>"))
    return textView(builtin.char, addressOfValue(held), count, context);
  return count > MOST_BYTES ? undefined : runView(held.type, addressOfValue(held), count, context);
}

/** What an `Rc` or `Arc` shares, and who shares it; all that own it count as one that watches. */
const shared: ViewMaker = (value, context) => {
  const counted = countedBy(value, context);
  const strong = wordIn(counted.whole, ["strong"], context);
  const weak = wordIn(counted.whole, ["weak"], context) - 1n;
  if (strong === 0n || strong > MOST_BYTES || weak < 0n || weak > MOST_BYTES) return undefined;
  return heldBy(counted, `strong ${strong}, weak ${weak}`, context);
};

/** Of a `Weak` that was never made from an owner. */
const NOWHERE = (1n << 64n) - 1n;

const watcher: ViewMaker = (value, context) => {
  const counted = countedBy(value, context);
  if (counted.address === NOWHERE) return { kind: "word", word: "dangling" };
  const strong = wordIn(counted.whole, ["strong"], context);
  const weak = wordIn(counted.whole, ["weak"], context);
  if (strong > MOST_BYTES || weak === 0n || weak > MOST_BYTES) return undefined;
  if (strong === 0n) return { kind: "word", word: "dropped" };
  return heldBy(counted, `strong ${strong}, weak ${weak - 1n}`, context);
};

/** By the path of a type. */
export const rustShared: ReadonlyMap<string, ViewMaker> = new Map([
  ["alloc::rc::Rc", shared],
  ["alloc::sync::Arc", shared],
  ["alloc::rc::Weak", watcher],
  ["alloc::sync::Weak", watcher],
]);
