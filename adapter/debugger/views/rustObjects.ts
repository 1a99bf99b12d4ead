/** Views of Rust's pointers to values of which only a trait is known: `&dyn Shape`, `Box<dyn Shape>`, `Rc<RefCell<dyn Shape>>`. */
import type { Type } from "../../symbols/sourceTypes";
import { memoryAddress, toFile } from "../../target/addresses";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import { valueAt } from "../values/values";
import { recordOf } from "../values/valuesMembers";
import { sizeOf } from "../values/valuesTypes";
import { MOST_AROUND } from "./rustParts";
import { isReadable, numberAt, pointerAt, wordAt, type ViewMaker } from "./view";

/** The table of methods begins with what drops a value; its size and alignment follow. */
const SIZE = 8n;
const ALIGNMENT = 16n;

/** No type has to stand at addresses that are further apart. */
const MOST_ALIGNMENT = 1n << 29n;

const OBJECT = /^\(?dyn\b/;

/** The type that the table of methods at an address is for, as its debug information has it. Throws UserError. */
function concreteType(table: bigint, context: EvaluationContext): Type {
  const module = context.modules.at(memoryAddress(table));
  const type = module?.symbols.methodTableAt(toFile(memoryAddress(table), module.bias));
  if (type !== undefined && wordAt(table + SIZE, context) === BigInt(sizeOf(type) ?? -1)) return type;
  throw new UserError("It is no table of methods that the debug information has.");
}

/** Where in a value of a type the one is of which a trait is known: it is the last, as far behind as its alignment demands. */
function placeIn(whole: Type, address: bigint, alignment: bigint, context: EvaluationContext): bigint {
  let [type, place] = [whole, address];
  for (let around = 0; around <= MOST_AROUND; around++) {
    if (OBJECT.test(type.displayName)) return place;
    const members = recordOf(type, context)?.members ?? [];
    const [last] = [...members].sort((a, b) => b.byteOffset - a.byteOffset);
    if (last === undefined) break;
    const behind = place + BigInt(last.byteOffset) + alignment - 1n;
    [type, place] = [last.type, behind - (behind % alignment)];
  }
  throw new UserError("There is no such value in it.");
}

/** The value that a pointer with a table of methods leads to. Throws UserError. */
export function concreteValue(pointer: Value, context: EvaluationContext): Value {
  const { address, target } = pointerAt(pointer, ["pointer"], context);
  const table = numberAt(pointer, ["vtable"], context);
  const type = concreteType(table, context);
  const alignment = wordAt(table + ALIGNMENT, context);
  if (alignment === 0n || alignment > MOST_ALIGNMENT) throw new UserError("It is no alignment.");
  const place = placeIn(target, address, alignment, context);
  if (sizeOf(type) !== 0 && !isReadable(place, context)) throw new UserError("It is nowhere.");
  return valueAt(type, memoryAddress(place), context);
}

/** The value behind a pointer with a table of methods, with the name of its type. */
export const object: ViewMaker = (pointer, context) => {
  const value = concreteValue(pointer, context);
  return { kind: "stead", value, note: `(${value.type.displayName})`, isHeld: true };
};
