/** From the text of an expression to its value. */
import type { EvaluationContext, Value } from "../types";
import type { SideEffects } from "./environment";
import { environmentOf, evaluateNode } from "./evaluator";
import { namePlaceOf, scopedVariable } from "./names";
import type { NamePlace } from "./names";
import { parseExpression } from "./parser";
import type { Expression } from "./syntax";
import { isTypeName } from "./typeResolution";

export interface EvaluateOptions {
  /** What is refused without them: assignments, ++, --, and, but for `calls`, calls. */
  readonly sideEffects: SideEffects;
}

/** Parses an expression with the types known at a place; a variable in scope hides a type of its name. */
export function parseAt(text: string, place: NamePlace): Expression {
  return parseExpression(
    text,
    (name) => scopedVariable(name, place) === undefined && isTypeName(name, place),
  );
}

/** Parses an expression with the types a context knows. */
export function parseIn(text: string, context: EvaluationContext): Expression {
  return parseAt(text, namePlaceOf(context));
}

/** Evaluates a C expression to a typed value with its place. Throws UserError. */
export async function evaluateToValue(
  expression: string,
  context: EvaluationContext,
  options: EvaluateOptions,
): Promise<Value> {
  return evaluateNode(parseIn(expression, context), environmentOf(context, options.sideEffects));
}
