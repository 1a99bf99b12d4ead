/** Methods of the standard libraries' classes that only look: they are answered without the program. */
import { UserError } from "../types";
import type { Value } from "../types";
import { constantValue } from "../values/values";
import { encodeInteger } from "../values/valuesIntegers";
import { builtin, elementCount, isPointer, plainType, pointerTo } from "../values/valuesTypes";
import { addressOfValue, type View } from "./view";

/** How many there are of something. */
export function number(count: number): Value {
  return constantValue(builtin.unsignedLong, encodeInteger(BigInt(count), 8));
}

/** Whether something holds. */
export function truth(isTrue: boolean): Value {
  return constantValue(builtin.bool, encodeInteger(isTrue ? 1n : 0n, 1));
}

function lengthOf(view: View): number | undefined {
  if (view.kind === "sequence") return view.count;
  const plain = view.kind === "text" ? plainType(view.text.type) : undefined;
  return plain?.kind === "array" ? (elementCount(plain) ?? 0) : undefined;
}

function characters(view: View): Value | undefined {
  const plain = view.kind === "text" ? plainType(view.text.type) : undefined;
  if (view.kind !== "text" || plain?.kind !== "array") return undefined;
  return constantValue(pointerTo(plain.element), encodeInteger(addressOfValue(view.text), 8));
}

function element(view: View, name: string, index: number): Value | undefined {
  if (view.kind !== "sequence") return undefined;
  const [part] = index < 0 ? [] : view.parts(index, 1);
  if (part === undefined && index >= 0) throw new UserError(`The ${name} cannot be reached: it is damaged.`);
  if (part === undefined) throw new UserError(`There is no ${name}: it has ${view.count} elements.`);
  return part.key === undefined ? part.value : undefined;
}

function held(view: View): Value | undefined {
  if (view.kind === "word") throw new UserError(`It has no value: it is ${view.word}.`);
  return view.kind === "stead" && !isOwner(view) ? view.value : undefined;
}

function isOwner({ value, isHeld }: View & { kind: "stead" }): boolean {
  return isHeld !== true && isPointer(plainType(value.type));
}

function owned(view: View): Value | undefined {
  return view.kind === "stead" && isOwner(view) ? view.value : undefined;
}

const looks: Readonly<Record<string, (view: View) => Value | undefined>> = {
  size: (view) => mapped(lengthOf(view), number),
  length: (view) => (view.kind === "text" ? mapped(lengthOf(view), number) : undefined),
  empty: (view) => mapped(lengthOf(view), (length) => truth(length === 0)),
  len: (view) => mapped(lengthOf(view), number),
  is_empty: (view) => mapped(lengthOf(view), (length) => truth(length === 0)),
  c_str: characters,
  data: characters,
  front: (view) => element(view, "front", 0),
  back: (view) => element(view, "back", (lengthOf(view) ?? 0) - 1),
  has_value: (view) => (view.kind === "word" ? truth(false) : mapped(held(view), () => truth(true))),
  value: held,
  load: held,
  get: owned,
};

function mapped<T>(value: T | undefined, make: (value: T) => Value): Value | undefined {
  return value === undefined ? undefined : make(value);
}

/** What a method without arguments gives of a value with a view; undefined: it has to be called. Throws UserError. */
export function lookedUp(view: View, name: string): Value | undefined {
  return Object.hasOwn(looks, name) ? looks[name]?.(view) : undefined;
}

/** Those that the language has by other names. */
const ofRust: ReadonlySet<string> = new Set(["len", "is_empty"]);

/** The names of the methods that `lookedUp` answers for a value with a view, in Rust or in C++. */
export function looksAt(view: View, isRust: boolean): string[] {
  return Object.keys(looks).filter((name) => {
    if (ofRust.has(name) !== isRust) return false;
    try {
      return lookedUp(view, name) !== undefined;
    } catch (error) {
      if (error instanceof UserError) return false;
      throw error;
    }
  });
}
