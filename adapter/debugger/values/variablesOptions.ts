/** How a row of the variables view is shown, and the expression that gives its value again. */
import type { EvaluationContext } from "../types";
import type { NumberFormat } from "./formatScalars";

const IDENTIFIER = /^[\p{L}_][\p{L}\p{M}\p{N}_$]*$/u;

export interface NodeOptions {
  readonly context: EvaluationContext;
  readonly name: string;
  readonly evaluateName?: string;
  readonly format?: NumberFormat;
  /** About how many characters the text may have. */
  readonly length?: number;
}

/** Whether a member's name can stand in an expression. */
export function isIdentifier(name: string): boolean {
  return IDENTIFIER.test(name);
}

/** An expression that a postfix operator can follow. */
export function postfixOperand(expression: string): string {
  return /^[$\w:.]+(?:\[\d+\]|\.\w+|->\w+)*$/.test(expression) ? expression : `(${expression})`;
}

/** Options for a child: the same format, its own name and expression. */
export function childOptions(options: NodeOptions, name: string, suffix: string | undefined): NodeOptions {
  const { evaluateName, ...rest } = options;
  if (evaluateName === undefined || suffix === undefined) return { ...rest, name };
  return { ...rest, name, evaluateName: postfixOperand(evaluateName) + suffix };
}
