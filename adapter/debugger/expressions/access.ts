/** Parts of values and what pointers lead to: `.` `->` `[]` `*` `&` and GDB's `@`. */
import type { RecordType } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value, ValuePlace } from "../types";
import { partOf, valueAt } from "../values/values";
import { resolveDynamicType } from "../values/valuesLocation";
import { findMember, readAlong, recordOf, waysToMember } from "../values/valuesMembers";
import {
  arrayOf,
  elementType,
  isPointer,
  isReference,
  plainType,
  pointerTo,
  sizeOf,
} from "../values/valuesTypes";
import type { View } from "../views/view";
import { viewOf } from "../views/views";
import { applyBinary } from "./arithmetic";
import { categoryOf } from "./arithmeticTypes";
import { splitName } from "./enclosingScopes";
import { partOfClass } from "./methods";
import { addressIn, integerPart, isTrue, pointerValue, scalarOf, unusable } from "./scalars";
import { comparedTexts } from "./texts";

/** What a C++ reference refers to; other values as they are. */
export function throughReference(value: Value, context: EvaluationContext): Value {
  const plain = plainType(value.type);
  return isReference(plain) && value.unavailable === undefined
    ? valueAt(plain.target, memoryAddress(addressIn(value, context)), context)
    : value;
}

/** An array as a pointer to its first element, a function as a pointer to it; other values, vectors too, as they are. */
export function decayed(value: Value): Value {
  const plain = plainType(value.type);
  if (value.place.kind !== "memory") return value;
  if (plain.kind === "array" && plain.isVector !== true)
    return pointerValue(pointerTo(elementType(plain)), value.place.address);
  return plain.kind === "function" ? pointerValue(pointerTo(plain), value.place.address) : value;
}

/** `*pointer`. Throws UserError. */
export function dereference(pointer: Value, context: EvaluationContext): Value {
  const view = viewOf(pointer, context);
  if (view?.kind === "word") throw new UserError(`It has no value: it is ${view.word}.`);
  const stead = view?.kind === "stead" ? view.value : pointer;
  if (view?.kind === "stead" && (view.isHeld === true || !isPointer(plainType(stead.type)))) return stead;
  const decayedPointer = decayed(stead);
  const plain = plainType(decayedPointer.type);
  if (!isPointer(plain)) {
    const article = /^[aeiou]/.test(pointer.type.displayName) ? "an" : "a";
    throw new UserError(`Cannot dereference ${article} ${pointer.type.displayName}.`);
  }
  if (categoryOf(plain.target) === "void")
    throw new UserError(
      `Cannot dereference a ${pointer.type.displayName}; cast it to another pointer first.`,
    );
  const target = resolveDynamicType(plain.target, context);
  if (decayedPointer.pointee !== undefined) return decayedPointer.pointee(target, 0);
  return valueAt(target, memoryAddress(addressIn(decayedPointer, context)), context);
}

/** `&value`. Throws UserError for values without an address. */
export function addressOf(value: Value): Value {
  if (value.bitField !== undefined) throw new UserError("A bit-field has no address.");
  if (value.place.kind === "memory") return pointerValue(pointerTo(value.type), value.place.address);
  if (value.unavailable !== undefined) throw unusable(value);
  const register = value.place.kind === "register" || value.place.kind === "namedRegister";
  throw new UserError(
    register ? "The value lives in a register and has no address." : "The value has no address.",
  );
}

/** What an object that stands for another value stands for: the pointer of a std::unique_ptr. */
function steadOf(value: Value, context: EvaluationContext): Value | undefined {
  const view = viewOf(value, context);
  return view?.kind === "stead" ? view.value : undefined;
}

/** Parts of a map that are looked at in one go. */
const PARTS = 1000;
/** Nothing else is answered meanwhile. */
const MOST_MILLISECONDS = 1000;

/** What a map has under a key. Throws UserError when there is nothing. */
function partWithKey(view: View & { kind: "sequence" }, key: Value, context: EvaluationContext): Value {
  const end = performance.now() + MOST_MILLISECONDS;
  for (let start = 0; start < view.count; start += PARTS) {
    if (performance.now() > end)
      throw new UserError(
        `Its ${view.count} elements are too many to look through: no such key is among the first ${start}.`,
      );
    const found = view.parts(start, PARTS).find((part) => part.key && isSameKey(part.key, key, context));
    if (found) return found.value;
  }
  throw new UserError("There is no element with that key.");
}

function isSameKey(key: Value, wanted: Value, context: EvaluationContext): boolean {
  const compared = comparedTexts("==", key, wanted, context);
  return compared ?? isTrue(scalarOf(applyBinary("==", decayed(key), decayed(wanted), context), context));
}

/** An element of a container, as its class gives it by operator[], or of a map by its key. */
function partOfView(view: View, container: Value, index: Value, context: EvaluationContext): Value {
  if (view.kind === "text") return elementAt(view.text, index, context);
  if (view.kind === "stead") return elementAt(view.value, index, context);
  const [first] = view.kind === "sequence" ? view.parts(0, 1) : [];
  if (view.kind === "sequence" && first?.key !== undefined) return partWithKey(view, index, context);
  const number = integerPart(scalarOf(index, context));
  const count = view.kind === "sequence" ? BigInt(view.count) : 0n;
  if (number < 0n || number >= count)
    throw new UserError(
      `The index is outside of ${container.type.displayName}, which has ${count} elements.`,
    );
  const [part] = view.kind === "sequence" ? view.parts(Number(number), 1) : [];
  if (part?.suffix === undefined)
    throw new UserError(`The elements of ${container.type.displayName} have no numbers.`);
  return part.value;
}

/** `array[index]` (or, as C allows, `index[array]`). Throws UserError. */
export function elementAt(array: Value, index: Value, context: EvaluationContext): Value {
  if (categoryOf(array.type) === "integer" && categoryOf(index.type) !== "integer")
    return elementAt(index, array, context);
  const view = viewOf(array, context);
  if (view !== undefined) return partOfView(view, array, index, context);
  const plain = plainType(array.type);
  if (plain.kind === "array") {
    const type = elementType(plain);
    const size = sizeOf(type);
    if (size === undefined) throw new UserError(`The size of ${type.displayName} is not known.`);
    if (categoryOf(index.type) !== "integer")
      throw new UserError(`An index cannot be of type ${index.type.displayName}.`);
    const offset = integerPart(scalarOf(index, context)) * BigInt(size);
    if (array.place.kind === "memory" && plain.isVector !== true)
      return valueAt(type, memoryAddress(array.place.address + offset), context);
    if (offset < 0n || offset + BigInt(size) > BigInt(sizeOf(plain) ?? 0))
      throw new UserError(`The index is outside of ${array.type.displayName}.`);
    return partOf(array, type, Number(offset), context);
  }
  if (!isPointer(plain)) throw new UserError(`A value of type ${array.type.displayName} has no elements.`);
  const size = sizeOf(plain.target);
  if (array.pointee !== undefined && size !== undefined)
    return array.pointee(plain.target, Number(integerPart(scalarOf(index, context))) * size);
  return dereference(applyBinary("+", array, index, context), context);
}

/** `object.Base::name`: the member that a base class has. */
function memberOfBase(value: Value, written: string, name: string, context: EvaluationContext): Value {
  const object = isPointer(plainType(value.type)) ? dereference(value, context) : value;
  const part = partOfClass(object, written, context);
  if (part === undefined)
    throw new UserError(
      `${plainType(object.type).displayName} is not ${written} and has no such base class.`,
    );
  return memberNamed(part, name, context);
}

/** Throws UserError where several base classes have a member of a name, which C++ does not choose between. */
function requireOneMember(object: Value, record: RecordType, name: string, context: EvaluationContext): void {
  const [first, ...more] = waysToMember(record, name).map((way) => readAlong(object, way, context).place);
  const isElsewhere = (place: ValuePlace): boolean =>
    place.kind === "memory" && first?.kind === "memory" && place.address !== first.address;
  if (more.some(isElsewhere))
    throw new UserError(
      `Several base classes of ${record.displayName} have a member "${name}": write the class before it, as in object.Base::${name}.`,
    );
}

/**
 * `record.name` or `pointer->name` (either sign works for either, as in GDB); the name may have a base class before it.
 * Throws UserError.
 */
export function memberNamed(value: Value, name: string, context: EvaluationContext, isArrow = false): Value {
  const stead = isArrow ? steadOf(value, context) : undefined;
  if (stead !== undefined) return memberNamed(stead, name, context);
  const { plain, written } = splitName(name);
  if (written !== "") return memberOfBase(value, written, plain, context);
  const pointed = isPointer(plainType(value.type));
  const holder = pointed ? plainType(value.type) : undefined;
  const type = holder !== undefined && isPointer(holder) ? holder.target : value.type;
  const record = recordOf(type, context);
  if (record === undefined) throw new UserError(`A value of type ${value.type.displayName} has no members.`);
  if (record.incomplete)
    throw new UserError(`The members of ${type.displayName} are not known: it is incomplete.`);
  const path = findMember(record, name);
  // Of what it holds, as its rows show it.
  const held = path === undefined && !pointed ? steadOf(value, context) : undefined;
  if (held && recordOf(held.type, context)) return memberNamed(held, name, context);
  if (path === undefined) throw new UserError(`There is no member named "${name}" in ${type.displayName}.`);
  const base = pointed ? dereference(value, context) : value;
  if (path.length > 1) requireOneMember(base, record, name, context);
  return throughReference(readAlong(base, path, context), context);
}

/** `element@count`: an array that begins with an object in memory. Throws UserError. */
export function repeated(element: Value, count: Value, context: EvaluationContext): Value {
  const number = integerPart(scalarOf(count, context));
  if (number < 1n || number > 1n << 40n) throw new UserError(`An array cannot have ${number} elements.`);
  if (element.place.kind !== "memory" || element.bitField !== undefined)
    throw new UserError("Only an object in memory can stand before @.");
  const type = arrayOf(element.type, [{ count: Number(number) }]);
  return valueAt(type, element.place.address, context);
}
