/** Breakpoint conditions compiled for the target, so that a false one costs no stop. */
import type { LoadedModule, ModuleList } from "./types";
import type { MemoryAddress } from "../target/addresses";
import type { ConditionProgram } from "../target/target";

export interface ConditionPlace {
  readonly module: LoadedModule;
  readonly address: MemoryAddress;
  /** For globals of other modules; absent: only those of `module` are found. */
  readonly modules?: ModuleList;
}

/**
 * Compiles a C condition for a breakpoint at one address. Undefined when it is wrong, has side effects, or is not
 * exactly representable: the debugger evaluates it then. It gives the same answer as the evaluator.
 */
export function compileCondition(expression: string, at: ConditionPlace): ConditionProgram | undefined {
  (void expression, at);
  return undefined;
}
