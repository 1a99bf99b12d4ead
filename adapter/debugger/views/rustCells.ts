/**
 * Views of what holds one value in Rust's library: cells, locks, what is made once, and what such things lend (library/core/src/cell.rs,
 * library/std/src/sync).
 */
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { readMember, recordOf } from "../values/valuesMembers";
import { isPointer, plainType } from "../values/valuesTypes";
import { presentMembers } from "../values/valuesVariants";
import { memberOf, numberAt, partAt, type View, type ViewMaker } from "./view";

/** A lock that threads wait for: it is free, taken, or taken and waited for. */
const MOST_OF_MUTEX = 2n;

/** Of a lock for readers and writers: how many read, or all bits for one that writes. */
const READERS = (1n << 30n) - 1n;

/** Of what is made once: the bits that do not tell who waits, where the state is named for both. */
const STATE = 3n;

/** The state of what has been made: so since that name, and from which minor version of Rust 1 on it is 0. */
const COMPLETE = { named: 3n, before: 4n, zeroSince: 90 };

function inStead(...names: string[]): ViewMaker {
  return (value, context) => ({ kind: "stead", value: partAt(value, names, context) });
}

function word(text: string): View {
  return { kind: "word", word: text };
}

/** What a ManuallyDrop has; since Rust 1.95 there is one struct more around it. */
function undropped(value: Value, context: EvaluationContext): Value {
  const held = partAt(value, ["value"], context);
  const isWrapped = held.type.displayName.startsWith("core::mem::maybe_dangling::");
  return isWrapped ? partAt(held, ["__0"], context) : held;
}

/** Whether a thread has panicked with a lock; not all locks look at that. Throws UserError when it is no such flag. */
function isPoisoned(lock: Value, context: EvaluationContext): boolean {
  if (memberOf(lock, "poison", context) === undefined) return false;
  const flag = numberAt(lock, ["poison", "failed"], context);
  if (flag > 1n) throw new UserError("It is no flag.");
  return flag === 1n;
}

function lockView(lock: Value, holder: string | undefined, context: EvaluationContext): View {
  const notes = [
    ...(holder === undefined ? [] : [holder]),
    ...(isPoisoned(lock, context) ? ["poisoned"] : []),
  ];
  const value = partAt(lock, ["data", "value"], context);
  return { kind: "stead", value, ...(notes.length > 0 && { note: `(${notes.join(", ")})` }) };
}

/** The state of a lock; undefined: it is of a system's own making. Older libraries have one struct more around it. */
function stateOf(lock: Value, name: string, context: EvaluationContext): bigint | undefined {
  const outer = partAt(lock, ["inner"], context);
  const inner = memberOf(outer, "__0", context) ?? outer;
  return memberOf(inner, name, context) && numberAt(inner, [name], context);
}

const mutex: ViewMaker = (value, context) => {
  const state = stateOf(value, "futex", context) ?? 0n;
  if (state > MOST_OF_MUTEX) return undefined;
  return lockView(value, state === 0n ? undefined : "locked", context);
};

const readersAndWriters: ViewMaker = (value, context) => {
  const readers = (stateOf(value, "state", context) ?? 0n) & READERS;
  if (readers === 0n) return lockView(value, undefined, context);
  if (readers === READERS) return lockView(value, "locked by a writer", context);
  return lockView(value, `locked by ${readers} reader${readers === 1n ? "" : "s"}`, context);
};

/** What a guard of a lock guards. */
const guarded: ViewMaker = (value, context) => {
  const lock = partAt(value, ["lock"], context);
  const { type } = lock;
  const plain = plainType(type);
  if (!isPointer(plain)) return undefined;
  const whole = valueAt(plain.target, memoryAddress(numberAt(lock, [], context)), context);
  return { kind: "stead", value: partAt(whole, ["data", "value"], context), isHeld: true };
};

/** What a pointer inside of a value leads to; one with a length has a view of its own. */
function lent(
  name: string,
  viewOfPointer: (pointer: Value, context: EvaluationContext) => View | undefined,
): ViewMaker {
  return (value, context) => {
    const pointer = partAt(value, [name, "pointer"], context);
    const plain = plainType(pointer.type);
    if (!isPointer(plain)) return viewOfPointer(pointer, context);
    const held = valueAt(plain.target, memoryAddress(numberAt(pointer, [], context)), context);
    return { kind: "stead", value: held, isHeld: true };
  };
}

/** Before Rust 1.64 a guard of a reader had the lock, as others have. */
function readerGuarded(
  viewOfPointer: (pointer: Value, context: EvaluationContext) => View | undefined,
): ViewMaker {
  const now = lent("data", viewOfPointer);
  return (value, context) => (memberOf(value, "lock", context) ? guarded : now)(value, context);
}

/** The name and the content of the variant that an enum is of. Throws UserError when that cannot be told. */
function variantOf(value: Value, context: EvaluationContext): { name: string; content: Value } {
  const record = recordOf(value.type, context);
  const variant = record && presentMembers(value, record, context).variant;
  if (variant?.name === undefined) throw new UserError("There is no variant.");
  return { name: variant.name, content: readMember(value, variant, context) };
}

const onceCell: ViewMaker = (value, context) => {
  const { name, content } = variantOf(partAt(value, ["inner", "value"], context), context);
  if (name === "None") return word("uninitialized");
  return { kind: "stead", value: partAt(content, ["__0"], context) };
};

const lazyCell: ViewMaker = (value, context) => {
  const { name, content } = variantOf(partAt(value, ["state", "value"], context), context);
  if (name === "Init") return { kind: "stead", value: partAt(content, ["__0"], context) };
  return word(name === "Poisoned" ? "poisoned" : "uninitialized");
};

/** Whether what is made once has been made. Throws UserError when that cannot be told. */
function isComplete(value: Value, context: EvaluationContext): boolean {
  const inner = partAt(value, ["once", "inner"], context);
  const state = memberOf(inner, "state_and_queued", context);
  if (state === undefined) return numberAt(inner, ["state"], context) === COMPLETE.before;
  const complete = minorVersion(context) < COMPLETE.zeroSince ? COMPLETE.named : 0n;
  return (numberAt(state, [], context) & STATE) === complete;
}

/** Of the Rust 1 that the program and its library were compiled with. Throws UserError when that cannot be told. */
function minorVersion({ modules }: EvaluationContext): number {
  for (const { symbols } of modules.all) {
    const [, minor] = /rustc version 1\.(\d+)/.exec(symbols.rustCompiler() ?? "") ?? [];
    if (minor !== undefined) return Number(minor);
  }
  throw new UserError("The version of Rust is not known.");
}

/** What threads make once, in a union with what it is made by, or with nothing. */
function madeOnce(...names: string[]): ViewMaker {
  return (value, context) => {
    if (!isComplete(value, context)) return word("uninitialized");
    return { kind: "stead", value: undropped(partAt(value, names, context), context) };
  };
}

const pinned: ViewMaker = (value, context) => {
  const pointer = memberOf(value, "pointer", context) ?? partAt(value, ["__pointer"], context);
  return { kind: "stead", value: pointer };
};

/** By the path of a type; `viewOfPointer`: the view of a pointer that is no plain address. */
export function rustCells(
  viewOfPointer: (pointer: Value, context: EvaluationContext) => View | undefined,
): ReadonlyMap<string, ViewMaker> {
  return new Map([
    ["core::cell::UnsafeCell", inStead("value")],
    ["core::cell::Cell", inStead("value", "value")],
    ["core::cell::RefCell", inStead("value", "value")],
    ["core::cell::Ref", lent("value", viewOfPointer)],
    ["core::cell::RefMut", lent("value", viewOfPointer)],
    ["core::cell::once::OnceCell", onceCell],
    ["core::cell::lazy::LazyCell", lazyCell],
    [
      "core::mem::manually_drop::ManuallyDrop",
      (value, context) => ({ kind: "stead", value: undropped(value, context) }),
    ],
    ["core::pin::Pin", pinned],
    ["core::num::wrapping::Wrapping", inStead("__0")],
    ["core::num::saturating::Saturating", inStead("__0")],
    ["core::cmp::Reverse", inStead("__0")],
    ["std::sync::mutex::Mutex", mutex],
    ["std::sync::mutex::MutexGuard", guarded],
    ["std::sync::rwlock::RwLock", readersAndWriters],
    ["std::sync::rwlock::RwLockReadGuard", readerGuarded(viewOfPointer)],
    ["std::sync::rwlock::RwLockWriteGuard", guarded],
    ["std::sync::once_lock::OnceLock", madeOnce("value", "value", "value")],
    ["std::sync::lazy_lock::LazyLock", madeOnce("data", "value", "value")],
  ]);
}
