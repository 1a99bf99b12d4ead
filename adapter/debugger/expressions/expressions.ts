/** C expressions: what the rest of the debugger calls. */
import { UserError } from "../types";
import type { EvaluationContext, Value, VariableNode } from "../types";

export interface EvaluateOptions {
  /** Assignments, ++, -- and calls are refused without it (hover, conditions). */
  readonly sideEffects: boolean;
}

/**
 * Evaluates a C expression (with an optional format: `x,x` `p,s` `p,[10]`) and gives it as a row of the variables view.
 * Throws UserError with one sentence.
 */
export async function evaluate(
  expression: string,
  context: EvaluationContext,
  options: EvaluateOptions,
): Promise<VariableNode> {
  (void context, options);
  throw new UserError(`Cannot evaluate "${expression}".`);
}

/** The same, as a typed value with its place. Throws UserError. */
export async function evaluateToValue(
  expression: string,
  context: EvaluationContext,
  options: EvaluateOptions,
): Promise<Value> {
  (void context, options);
  throw new UserError(`Cannot evaluate "${expression}".`);
}

/** Whether a condition holds in a context, without side effects. Throws UserError when it cannot be told. */
export async function evaluateCondition(expression: string, context: EvaluationContext): Promise<boolean> {
  void context;
  throw new UserError(`Cannot evaluate "${expression}".`);
}
