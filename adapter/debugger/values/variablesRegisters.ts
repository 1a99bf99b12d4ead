/** The Registers scope: groups of registers that can be set. */
import type { RegisterValue } from "../../target/target";
import { registersOf, registerValue } from "../expressions/registers";
import type { EvaluationContext, VariableNode } from "../types";
import { isPointer, plainType } from "./valuesTypes";
import { generalRegisterNumber } from "./valuesX86";
import { variableNode } from "./variablesNodes";

const STACK_POINTER = 7;

const groups = [
  ["general", "General"],
  ["segment", "Segment"],
  ["floating", "Floating point"],
  ["vector", "Vector"],
] as const;

/** Bits of eflags by position (Intel SDM volume 1, 3.4.3). */
const flags: Record<number, string> = {
  0: "CF",
  2: "PF",
  4: "AF",
  6: "ZF",
  7: "SF",
  8: "TF",
  9: "IF",
  10: "DF",
  11: "OF",
};

/** One row a group. A caller's frame has the general registers that its callees saved, and no others. */
export function registerGroups(context: EvaluationContext): VariableNode[] {
  const registers = registersOf(context);
  const narrow = registers.filter(({ name }) => name.startsWith("ymm"));
  const all = [
    ...narrow.map((register) => ({ ...register, name: `x${register.name.slice(1)}` })),
    ...registers,
  ];
  return groups.flatMap(([group, name]) => {
    const members = all.filter((register) => register.group === group && isKnown(register, context));
    if (members.length === 0) return [];
    return [groupNode(name, members, context)];
  });
}

function isKnown(register: RegisterValue, context: EvaluationContext): boolean {
  return isInnermost(context) || generalRegisterNumber(register.name) !== undefined;
}

/** Whether the frame's registers are the thread's: the innermost function and the calls inlined into it. */
function isInnermost({ frame, target }: EvaluationContext): boolean {
  if (frame === undefined || frame.index === 0) return true;
  return frame.registers.value(STACK_POINTER) === target.registers(frame.threadId).sp;
}

function groupNode(
  name: string,
  members: readonly RegisterValue[],
  context: EvaluationContext,
): VariableNode {
  return {
    name,
    value: "",
    typeName: "",
    readOnly: true,
    namedCount: members.length,
    children: (start = 0, count = members.length) =>
      members.slice(start, start + count).map((register) => registerNode(register.name, context)),
  };
}

function registerNode(name: string, context: EvaluationContext): VariableNode {
  const value = registerValue(name, context);
  const plain = plainType(value.type);
  const hexadecimal = plain.kind === "base" && plain.encoding !== "float";
  const node = variableNode(value, {
    context,
    name,
    evaluateName: `$${name}`,
    ...(hexadecimal && !isPointer(plain) && { format: "x" as const }),
  });
  if (name !== "eflags" && name !== "rflags") return node;
  return { ...node, value: `${node.value} ${flagNames(value.bytes?.readUInt32LE(0) ?? 0)}` };
}

function flagNames(bits: number): string {
  const set = Object.entries(flags).filter(([bit]) => (bits >>> Number(bit)) & 1);
  return `[ ${set.map(([, flag]) => `${flag} `).join("")}]`;
}
