/** The scopes of one frame as the variables view shows them. */
import type { VariableSymbol } from "../../symbols/types";
import { toFile } from "../../target/addresses";
import type { EvaluationContext, Frame, LoadedModule, VariableNode, VariableScope } from "../types";
import { readVariable } from "./valuesLocation";
import { variableNode } from "./variablesNodes";
import { registerGroups } from "./variablesRegisters";

interface Row {
  readonly symbol: VariableSymbol;
  /** A variable further in has the same name, so that an expression cannot name this one. */
  readonly shadowed: boolean;
}

/** Arguments, Locals, Statics and Registers of the context's frame; empty without a frame. Nothing is read yet. */
export function variableScopes(context: EvaluationContext): VariableScope[] {
  const { frame } = context;
  if (frame === undefined) return [];
  const registers: VariableScope = {
    name: "Registers",
    expensive: true,
    children: (start, count) => page(registerGroups(context), start, count),
  };
  const { module } = frame;
  if (module === undefined) return [registers];
  const rows = scopedRows(frame);
  const named = (
    name: "Arguments" | "Locals" | "Statics",
    list: readonly Row[],
    expensive = false,
  ): VariableScope => ({
    name,
    expensive,
    count: list.length,
    children: (start, count) => page(list, start, count).map((row) => rowNode(row, module, context)),
  });
  const ofKind = (kind: VariableSymbol["kind"]): Row[] => rows.filter(({ symbol }) => symbol.kind === kind);
  const scopes = [named("Locals", ofKind("local"))];
  const parameters = ofKind("parameter");
  if (parameters.length > 0) scopes.unshift(named("Arguments", parameters));
  const statics = [...ofKind("static"), ...unitRows(frame, module, rows)];
  if (statics.length > 0) scopes.push(named("Statics", statics, true));
  return [...scopes, registers];
}

function page<T>(list: readonly T[], start = 0, count = list.length): T[] {
  return list.slice(start, start + count);
}

/** Every variable that the frame's scopes and its unit have, innermost first. */
export function frameRows(frame: Frame, module: LoadedModule): readonly Row[] {
  const rows = frame.isSignalHandlerCaller ? [] : scopedRows(frame);
  return [...rows, ...unitRows(frame, module, rows)];
}

/** Whether a person has written what the compiler calls its own: `this`, and in clang's words the names of `auto [a, b] = ...`. */
function isWritten({ kind, name }: VariableSymbol): boolean {
  return name === "this" || (kind === "local" && !name.startsWith("__"));
}

/** The variables of the frame's scopes, innermost first. */
function scopedRows(frame: Frame): Row[] {
  const seen = new Set<string>();
  const rows: Row[] = [];
  for (const scope of frame.scopes) {
    const inner = new Set(seen);
    for (const symbol of scope.variables) {
      if (symbol.artificial && !isWritten(symbol)) continue;
      if (symbol.declarationOnly) continue;
      rows.push({ symbol, shadowed: inner.has(symbol.name) });
      seen.add(symbol.name);
    }
  }
  return rows;
}

/** The file-level variables of the frame's unit. */
function unitRows(frame: Frame, module: LoadedModule, rows: readonly Row[]): Row[] {
  const inner = new Set(rows.map(({ symbol }) => symbol.name));
  return module.symbols
    .unitVariablesAt(toFile(frame.lookupPc, module.bias))
    .filter((symbol) => !symbol.artificial && !symbol.declarationOnly)
    .map((symbol) => ({ symbol, shadowed: inner.has(symbol.name) }));
}

function rowNode({ symbol, shadowed }: Row, module: LoadedModule, context: EvaluationContext): VariableNode {
  const value = readVariable(symbol, module, context);
  const { name, declaration } = symbol;
  if (shadowed) return variableNode(value, { context, name: `${name}@${declaration?.line ?? "outer"}` });
  return variableNode(value, { context, name, evaluateName: name });
}
