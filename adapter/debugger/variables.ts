/** The scopes of one frame as the variables view shows them. */
import type { EvaluationContext, VariableScope } from "./types";

/** Arguments, Locals, Statics and Registers of the context's frame; empty without a frame. Nothing is read yet. */
export function variableScopes(context: EvaluationContext): VariableScope[] {
  void context;
  return [];
}
