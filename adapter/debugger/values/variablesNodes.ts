/** Values as rows of the variables view: text, type, an expression that gives them again, children when asked for. */
import type { ArrayType, Member, RecordType } from "../../symbols/sourceTypes";
import { memoryAddress } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { throughReference, dereference } from "../expressions/access";
import type { EvaluationContext, Value, VariableNode } from "../types";
import type { View, ViewPart } from "../views/view";
import { viewOf } from "../views/views";
import { formatValue } from "./format";
import { bytesOf, partOf } from "./values";
import { decodeInteger } from "./valuesIntegers";
import { readMember, recordOf } from "./valuesMembers";
import {
  builtin,
  elementCount,
  elementType,
  isPointer,
  isRecord,
  isReference,
  plainType,
  sizeOf,
} from "./valuesTypes";
import { hasOnlyPositions, presentMembers } from "./valuesVariants";
import { assignText, unsettable } from "./variablesAssign";
import { childOptions, isIdentifier, postfixOperand, type NodeOptions } from "./variablesOptions";

/** Rows given at most when a client asks for all children of an array at once. */
const MAX_CHILDREN = 10_000;

/** The child of a value with a view that has the value's members, and the longest text of a key. */
const RAW = "[raw]";
const KEY_LENGTH = 60;

/** The row of a value. References are shown as what they refer to. */
export function variableNode(reference: Value, options: NodeOptions): VariableNode {
  const { context, name, evaluateName } = options;
  const value = readThrough(reference, context);
  const reason = unsettable(value, context);
  const settable = reason === undefined;
  const memory = memoryReferenceOf(value, context);
  const children = childrenOf(value, options);
  return {
    name,
    value: formatValue(value, context, options),
    typeName: typeNameOf(reference),
    ...(evaluateName !== undefined && { evaluateName }),
    ...(memory !== undefined && { memoryReference: memory }),
    readOnly: !settable,
    ...(!settable && { readOnlyReason: reason }),
    ...children,
    ...(settable && {
      assign: async (expression: string): Promise<VariableNode> =>
        variableNode(await assignText(value, expression, context), options),
    }),
  };
}

function readThrough(value: Value, context: EvaluationContext): Value {
  return value.unavailable === undefined && isReference(plainType(value.type))
    ? throughReference(value, context)
    : value;
}

function typeNameOf(value: Value): string {
  return value.bitField === undefined
    ? value.type.displayName
    : `${value.type.displayName} : ${value.bitField.bitSize}`;
}

/** What a memory view should show: of pointers what they point to, else the value itself. */
function memoryReferenceOf(value: Value, context: EvaluationContext): MemoryAddress | undefined {
  if (isPointer(plainType(value.type)) && value.unavailable === undefined)
    return memoryAddress(decodeInteger(bytesOf(value, context, 0, 8), false));
  return value.place.kind === "memory" && value.bitField === undefined ? value.place.address : undefined;
}

type Children = Pick<VariableNode, "children" | "indexedCount" | "namedCount">;

function childrenOf(value: Value, options: NodeOptions): Children {
  if (value.unavailable !== undefined && value.pointee === undefined) return {};
  const plain = plainType(value.type);
  switch (plain.kind) {
    case "array":
      return arrayChildren(value, plain, options);
    case "struct":
    case "union":
    case "class":
      return recordChildren(value, options);
    case "pointer":
      return pointerChildren(value, options);
    case "base":
      return plain.encoding === "complex" ? complexChildren(value, options) : {};
    default:
      return {};
  }
}

function arrayChildren(value: Value, array: ArrayType, options: NodeOptions): Children {
  const element = elementType(array);
  const size = sizeOf(element);
  const total = elementCount(array) ?? 0;
  if (size === undefined || total === 0) return {};
  return {
    indexedCount: total,
    children: (start = 0, count = MAX_CHILDREN) => {
      const first = Math.max(0, Math.min(start, total));
      const length = Math.max(0, Math.min(count, total - first));
      return Array.from({ length }, (_, offset) => {
        const index = first + offset;
        const name = `[${index}]`;
        return variableNode(
          partOf(value, element, index * size, options.context),
          childOptions(options, name, name),
        );
      });
    },
  };
}

/** Of a value with a view: what it stands for, and at last the value as it is. */
function viewChildren(view: View, value: Value, options: NodeOptions, operator: "." | "->"): Children {
  const { evaluateName, ...rest } = options;
  const isHolder = view.kind === "stead" && (view.isHeld === true || isRecord(plainType(view.value.type)));
  const reached = (at: string): string => (isHolder ? `*${postfixOperand(at)}` : at);
  const whole = operator === "." ? evaluateName : evaluateName && `*${postfixOperand(evaluateName)}`;
  const named = whole === undefined ? rest : { ...rest, evaluateName: reached(whole) };
  const raw = (): VariableNode => rawNode(value, { ...options, name: RAW }, operator);
  if (view.kind === "sequence") {
    const partsFrom = (start: number, length: number): VariableNode[] =>
      view.parts(start, length).map((part, offset) => partNode(part, start + offset, named));
    return withLast(view.count, partsFrom, raw);
  }
  const inner = view.kind === "stead" ? childrenOf(view.value, named) : {};
  const { indexedCount, children } = inner;
  if (indexedCount !== undefined && children) {
    const hasRaw = view.kind === "stead" && viewOf(view.value, options.context) !== undefined;
    return withLast(hasRaw ? indexedCount - 1 : indexedCount, async (...range) => children(...range), raw);
  }
  return {
    namedCount: (inner.namedCount ?? 0) + 1,
    children: async () => [...((await children?.()) ?? []).filter(({ name }) => name !== RAW), raw()],
  };
}

/** Elements, and behind the last of them one child more: clients put named children before those with numbers. */
function withLast(
  count: number,
  elements: (start: number, length: number) => VariableNode[] | Promise<VariableNode[]>,
  last: () => VariableNode,
): Children {
  return {
    indexedCount: count + 1,
    children: async (start = 0, length = MAX_CHILDREN) => {
      const shown = await elements(start, Math.max(0, Math.min(length, count - start)));
      return start <= count && count < start + length ? [...shown, last()] : shown;
    },
  };
}

function partNode({ value, key, suffix }: ViewPart, index: number, options: NodeOptions): VariableNode {
  const name = key === undefined ? String(index) : formatValue(key, options.context, { length: KEY_LENGTH });
  return variableNode(value, childOptions(options, `[${name}]`, suffix));
}

/** The members of a value that is shown as something else. */
function rawNode(value: Value, options: NodeOptions, operator: "." | "->"): VariableNode {
  const record = recordOf(value.type, options.context);
  const node = {
    name: options.name,
    value: "",
    typeName: value.type.displayName,
    readOnly: true,
    readOnlyReason: "has no value of its own: it is shown member by member.",
  };
  return record === undefined ? node : { ...node, ...allMembers(value, record, options, operator) };
}

function recordChildren(value: Value, options: NodeOptions, operator: "." | "->" = "."): Children {
  const view = viewOf(value, options.context);
  if (view !== undefined) return viewChildren(view, value, options, operator);
  const record = recordOf(value.type, options.context);
  if (record === undefined || record.incomplete || record.members.length === 0) return {};
  return allMembers(value, record, options, operator);
}

function allMembers(value: Value, record: RecordType, options: NodeOptions, operator: "." | "->"): Children {
  const { members, variant } = presentMembers(value, record, options.context);
  if (variant !== undefined) return variantChildren(value, variant, options, operator);
  if (members.length === 0) return {};
  return {
    namedCount: members.length,
    children: (start = 0, count = members.length) =>
      memberNodes(value, members, options, operator).slice(start, start + count),
  };
}

/** The members of the active variant, which are reached by its name: `option.Some.__0`. */
function variantChildren(
  value: Value,
  variant: Member,
  options: NodeOptions,
  operator: "." | "->",
): Children {
  const content = readMember(value, variant, options.context);
  return recordChildren(content, childOptions(options, options.name, suffixOf(variant, operator)));
}

/** What reaches a member behind its record's expression; undefined: C has no way to write it. */
function suffixOf({ name }: Member, operator: "." | "->"): string | undefined {
  return name !== undefined && isIdentifier(name) ? operator + name : undefined;
}

function memberNodes(
  value: Value,
  members: readonly Member[],
  options: NodeOptions,
  operator: "." | "->",
): VariableNode[] {
  const arePositions = hasOnlyPositions({ members });
  return members.map((member, index) => {
    const inner = readMember(value, member, options.context);
    if (member.isBase) return baseNode(inner, options, operator);
    if (member.name === undefined) return anonymousNode(inner, options, operator);
    const name = arePositions ? String(index) : member.name;
    return variableNode(inner, childOptions(options, name, suffixOf(member, operator)));
  });
}

/** A base class is reached by a cast of the object's address; one whose name is no C, as its members are. */
function baseNode(value: Value, options: NodeOptions, operator: "." | "->"): VariableNode {
  const { evaluateName, ...rest } = options;
  const name = value.type.displayName;
  if (evaluateName === undefined) return variableNode(value, { ...rest, name });
  if (!/^[\p{L}\p{M}\p{N}_$:]+$/u.test(name)) return innerNode(value, name, options, operator);
  const address = operator === "->" ? `(${evaluateName})` : `&${postfixOperand(evaluateName)}`;
  return variableNode(value, { ...rest, name, evaluateName: `*(${name} *)${address}` });
}

/** A member without a name: an anonymous struct or union, or what tells the variants of a Rust enum apart. */
function anonymousNode(value: Value, options: NodeOptions, operator: "." | "->"): VariableNode {
  const plain = plainType(value.type);
  const what = isRecord(plain) ? `anonymous ${plain.kind === "union" ? "union" : "struct"}` : "discriminant";
  return innerNode(value, `<${what}>`, options, operator);
}

/** A part of a record without an expression of its own: its members belong to the record around it. */
function innerNode(value: Value, name: string, options: NodeOptions, operator: "." | "->"): VariableNode {
  const { evaluateName, ...rest } = options;
  const node = variableNode(value, { ...rest, name });
  const record = recordOf(value.type, options.context);
  if (record === undefined || evaluateName === undefined) return node;
  const { members } = presentMembers(value, record, options.context);
  return { ...node, children: () => memberNodes(value, members, { ...options, name }, operator) };
}

function pointerChildren(value: Value, options: NodeOptions): Children {
  const { context, name, evaluateName } = options;
  const plain = plainType(value.type);
  const target = isPointer(plain) ? plainType(plain.target) : plain;
  const isNull = value.pointee === undefined && decodeInteger(bytesOf(value, context, 0, 8), false) === 0n;
  if (isNull || target.kind === "void" || target.kind === "function") return {};
  if (target.kind === "struct" || target.kind === "union" || target.kind === "class")
    return recordChildren(dereference(value, context), options, "->");
  const { evaluateName: omitted, ...rest } = options;
  void omitted;
  const inner: NodeOptions = {
    ...rest,
    name: `*${name}`,
    ...(evaluateName !== undefined && { evaluateName: `*${postfixOperand(evaluateName)}` }),
  };
  return { namedCount: 1, children: () => [variableNode(dereference(value, context), inner)] };
}

function complexChildren(value: Value, options: NodeOptions): Children {
  const plain = plainType(value.type);
  const half = (sizeOf(plain) ?? 16) / 2;
  const part =
    half === 4 ? builtin.float : half === 8 ? builtin.double : { ...builtin.longDouble, byteSize: half };
  const { evaluateName, ...rest } = options;
  return {
    namedCount: 2,
    children: () =>
      ["real", "imaginary"].map((name, index) =>
        variableNode(partOf(value, part, index * half, options.context), {
          ...rest,
          name,
          ...(evaluateName !== undefined &&
            value.place.kind === "memory" && {
              evaluateName: `((${part.displayName} *)&${postfixOperand(evaluateName)})[${index}]`,
            }),
        }),
      ),
  };
}
