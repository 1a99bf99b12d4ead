/** Asks a module everything, so that damage anywhere in its debug information is met. */
import { performance } from "node:perf_hooks";
import { evaluate } from "../../adapter/symbols/evaluate";
import { openModule } from "../../adapter/symbols/module";
import type { Type } from "../../adapter/symbols/sourceTypes";
import { SymbolError, type SymbolModule } from "../../adapter/symbols/types";
import { fileAddress } from "../../adapter/target/addresses";

const MOST_ADDRESSES = 60;
const DEEPEST_TYPE = 4;

function lookAtType(type: Type, depth = 0): void {
  void `${type.displayName} ${type.byteSize ?? 0}`;
  if (depth > DEEPEST_TYPE) return;
  if (type.kind === "struct" || type.kind === "union" || type.kind === "class") {
    for (const member of type.members) lookAtType(member.type, depth + 1);
  } else if (type.kind === "array") lookAtType(type.element, depth + 1);
  else if (type.kind === "enum") void type.enumerators.length;
  else if (type.kind === "function") {
    for (const parameter of [type.returns, ...type.parameters]) lookAtType(parameter, depth + 1);
  } else if ("target" in type) lookAtType(type.target, depth + 1);
}

function lookAtAddress(module: SymbolModule, raw: bigint): void {
  const address = fileAddress(raw);
  module.lineAt(address);
  module.lineRangesAt(address);
  void module.functionAt(address)?.bodyStart;
  module.elfSymbolAt(address);
  module.callFrameAt(address);
  module.callSiteAt(address);
  const base = module.frameBaseAt(address);
  const context = {
    loadBias: 0n,
    register: () => 0x1000n,
    readMemory: (_: bigint, length: number) => Buffer.alloc(length),
    frameBase: () => (base.kind === "expression" ? 0x2000n : undefined),
  };
  const levels = module.inlinedCallsAt(address).length;
  for (let level = 0; level <= levels; level++) {
    for (const variable of module.scopesAt(address, level).flatMap(({ variables }) => variables)) {
      lookAtType(variable.type);
      void variable.declaration;
      const location = module.locationOf(variable, address);
      if (location.kind === "expression") tryEvaluate(() => evaluate(location.ops, context));
    }
  }
  for (const variable of module.unitVariablesAt(address)) lookAtType(variable.type);
}

function tryEvaluate(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Error) || error.constructor === RangeError) throw error;
  }
}

/** Asks everything about the functions named; gives the module's sentence about damage. */
export function exercise(path: string, names: readonly string[]): string | undefined {
  let module: SymbolModule;
  try {
    module = openModule(path);
  } catch (error) {
    if (error instanceof SymbolError) return error.message;
    throw error;
  }
  try {
    const code = module.segments.find(({ executable }) => executable);
    const start = code?.range.low ?? 0n;
    const size = (code?.range.high ?? 0n) - start;
    for (let at = 0; at < MOST_ADDRESSES; at++) {
      lookAtAddress(module, start + (size * BigInt(at)) / BigInt(MOST_ADDRESSES));
    }
    for (const file of module.sourceFiles()) {
      for (let line = 1; line < 60; line += 7) module.addressesForLine(file, line);
      module.linesWithCode(file, 1, 1000);
    }
    for (const name of names) {
      for (const found of module.functionsNamed(name)) {
        void module.functionTypeOf(found)?.displayName;
        lookAtAddress(module, found.bodyStart);
      }
      module.variablesNamed(name);
      for (const type of module.typesNamed(name)) lookAtType(type);
      void module.enumeratorNamed(name)?.type.displayName;
    }
    module.namesStartingWith("a", 20);
    return module.damage;
  } finally {
    module.dispose();
  }
}

/** Milliseconds that exercising took. */
export function timed(
  path: string,
  names: readonly string[],
): { milliseconds: number; damage: string | undefined } {
  const start = performance.now();
  const damage = exercise(path, names);
  return { milliseconds: performance.now() - start, damage };
}
