/** C expressions: what the rest of the debugger calls. */
import { UserError } from "../types";
import type { EvaluationContext, Value, VariableNode } from "../types";
import type { NumberFormat } from "../values/formatScalars";
import { plainType } from "../values/valuesTypes";
import { variableNode } from "../values/variablesNodes";
import { decayed, dereference, repeated } from "./access";
import { evaluateToValue, parseAt, parseIn } from "./evaluation";
import type { EvaluateOptions } from "./evaluation";
import { environmentOf } from "./evaluator";
import type { NamePlace } from "./names";
import { truthOf } from "./operators";
import { intValue } from "./scalars";

export { evaluateToValue } from "./evaluation";
export type { EvaluateOptions } from "./evaluation";

/** About how many characters a result may have. */
const RESULT_LENGTH = 1000;

/** A format behind the expression: `,x` and the like, or `,[10]` for elements that a pointer leads to. */
const FORMAT = /,\s*(?:([xhduobtcs])|\[\s*(\d{1,12})\s*\])\s*$/;

function splitFormat(text: string): { expression: string; format?: NumberFormat; count?: number } {
  const found = FORMAT.exec(text);
  if (found === null || !isTopLevel(text.slice(0, found.index))) return { expression: text };
  const expression = text.slice(0, found.index);
  if (found[2] !== undefined) return { expression, count: Number(found[2]) };
  const letter = found[1] === "h" ? "x" : found[1] === "t" ? "b" : found[1];
  return { expression, format: letter as NumberFormat };
}

/** Whether all brackets are closed, so that a comma behind the text belongs to no call. */
function isTopLevel(text: string): boolean {
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
  return bare.replace(/[^([]/g, "").length === bare.replace(/[^)\]]/g, "").length;
}

/**
 * Reads an expression, with or without a format, as `evaluate` will at a place; gives whether it stores by its very text.
 * Throws UserError when it cannot be parsed.
 */
export function readsAsStore(text: string, place: NamePlace): boolean {
  return hasNode(parseAt(splitFormat(text).expression, place), ["assign", "increment"], onlyTyped);
}

/** Of their operands only the type is asked for. */
const onlyTyped = ["sizeof", "alignof", "typeof"];

/** Whether a node or one below it is of some kinds; those below the kinds `closed` are not looked at. */
function hasNode(node: unknown, kinds: readonly string[], closed: readonly string[] = []): boolean {
  if (typeof node !== "object" || node === null || Buffer.isBuffer(node)) return false;
  const kind = "kind" in node ? String(node.kind) : "";
  if (kinds.includes(kind)) return true;
  return !closed.includes(kind) && Object.values(node).some((each) => hasNode(each, kinds, closed));
}

/** The value as elements: `count` of them from where a pointer leads to, or of an array. */
function withCount(value: Value, count: number, context: EvaluationContext): Value {
  const pointer = decayed(value);
  if (plainType(pointer.type).kind !== "pointer")
    throw new UserError(`A format [n] needs a pointer or an array, not ${value.type.displayName}.`);
  return repeated(dereference(pointer, context), intValue(BigInt(count)), context);
}

/**
 * Evaluates a C expression (with an optional format: `x,x` `p,s` `p,[10]`) and gives it as a row of the variables view.
 * Throws UserError with one sentence.
 */
export async function evaluate(
  text: string,
  context: EvaluationContext,
  options: EvaluateOptions,
): Promise<VariableNode> {
  const { expression, format, count } = splitFormat(text);
  const plain = await evaluateToValue(expression, context, options);
  const value = count === undefined ? plain : withCount(plain, count, context);
  const name = expression.trim();
  return variableNode(value, {
    context,
    name,
    ...(count === undefined && isRepeatable(name, context) && { evaluateName: name }),
    ...(format !== undefined && { format }),
    length: RESULT_LENGTH,
  });
}

/** Whether evaluating again gives the same value without changing anything. */
function isRepeatable(text: string, context: EvaluationContext): boolean {
  return !hasNode(parseIn(text, context), ["assign", "increment", "call"]);
}

/** Whether a condition holds in a context; it may call functions, but stores nothing. Throws UserError when it cannot be told. */
export async function evaluateCondition(expression: string, context: EvaluationContext): Promise<boolean> {
  const env = environmentOf(context, "calls");
  return truthOf(await env.evaluate(parseAt(expression, env.place), env), env);
}
