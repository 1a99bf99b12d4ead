/** From the text of an expression to its value. */
import type { Type } from "../../symbols/sourceTypes";
import { UserError } from "../types";
import type { EvaluationContext, Value } from "../types";
import type { SideEffects } from "./environment";
import { environmentOf, evaluateNode } from "./evaluator";
import { hasScopes, isRust, lookUpName, namePlaceOf, scopedVariable, typesNamed } from "./names";
import type { NamePlace } from "./names";
import { throughAliases } from "./namespaceAliases";
import { parseExpression } from "./parser";
import type { Expression } from "./syntax";
import { evaluatedAs } from "./rustValues";
import { rustPath } from "./rustNames";
import { isTypeName } from "./typeResolution";

export interface EvaluateOptions {
  /** What is refused without them: assignments, ++, --, and, but for `calls`, calls. */
  readonly sideEffects: SideEffects;
  /** What the value is for: in Rust it may tell what is meant. */
  readonly givenTo?: Type;
}

/** Parses an expression with the types known at a place; a variable in scope hides a type of its name. */
export function parseAt(text: string, place: NamePlace): Expression {
  const isVariable = (name: string): boolean => scopedVariable(name, place) !== undefined;
  const ofRust = isRust(place);
  return parseExpression(text, {
    isType: (name) => !isVariable(name) && isTypeName(name, place),
    spelling: {
      template: (name) => (isVariable(name.replace(/\s*<.*/s, "")) ? undefined : spelt(name, place)),
      name: (name) => (ofRust ? rustPath(name, place) : throughAliases(name, place)),
      isRust: ofRust,
    },
  });
}

/** The whole name of the type or function that a name with template arguments means. */
function spelt(name: string, place: NamePlace): string | undefined {
  if (!hasScopes(place)) return undefined;
  const [type] = typesNamed(name, place);
  if (type !== undefined) return type.displayName;
  const meaning = lookUpName(name, place);
  if (meaning?.kind === "function") return meaning.symbol.name;
  const template = name.replace(/\s*<.*/s, "");
  const other = lookUpName(template, place);
  // What is no value is not compared.
  if (other?.kind === "function" || (other === undefined && typesNamed(template, place).length === 0))
    throw new UserError(
      `There is no ${name} in this program: write all template arguments, as the debug information has them.`,
    );
  return undefined;
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
  const env = environmentOf(context, options.sideEffects);
  const node = parseAt(expression, env.place);
  return options.givenTo === undefined ? evaluateNode(node, env) : evaluatedAs(node, options.givenTo, env);
}
