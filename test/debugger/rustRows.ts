/** What the tests of views of Rust's library have in common. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { VariableNode } from "../../adapter/debugger/types";
import type { StoppedProgram } from "./valuesProgram";

/** Of the Rust 1 that is here. */
export const RUST_MINOR = Number(
  /^rustc 1\.(\d+)/.exec(spawnSync("rustc", ["--version"], { encoding: "utf8" }).stdout)?.[1],
);

/** Texts by the names of variables, or by expressions. */
export type Expected = Readonly<Record<string, string | RegExp>>;

export function matches(actual: string, expected: string | RegExp, what: string): void {
  if (typeof expected === "string") assert.equal(actual, expected, what);
  else assert.match(actual, expected, what);
}

/** A regular expression for what is expected. */
export function source(expected: string | RegExp): string {
  if (typeof expected !== "string") return expected.source;
  return `^${expected.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}

/** The same where a compiler may have left no trace of a variable. */
export function mayBeGone(values: Expected): Expected {
  const gone = ([name, value]: [string, string | RegExp]): [string, RegExp] => [
    name,
    new RegExp(`${source(value)}|^<optimized out>$`),
  ];
  return Object.fromEntries(Object.entries(values).map(gone));
}

export async function childrenOf(
  node: VariableNode | undefined,
  start = 0,
  count = 4,
): Promise<VariableNode[]> {
  return [...((await node?.children?.(start, count)) ?? [])];
}

/** The names and texts of the first rows below one. */
export async function textsOf(node: VariableNode | undefined): Promise<string[]> {
  return (await childrenOf(node)).map(({ name, value }) => `${name} ${value}`.trim());
}

/** Local variables, as rows and as expressions. */
export async function expectLocals(program: StoppedProgram, values: Expected): Promise<void> {
  const rows = await program.scope("Locals");
  for (const [name, value] of Object.entries(values)) {
    matches(rows.get(name)?.value ?? "not there", value, name);
    matches(await program.text(name), value, name);
  }
}

/** Expressions, of which some have a sentence in place of a value. */
export async function expectExpressions(program: StoppedProgram, values: Expected): Promise<void> {
  for (const [expression, value] of Object.entries(values)) {
    const found = await program.text(expression).catch((error: unknown) => (error as Error).message);
    matches(found, value, expression);
  }
}

/** The expressions of a variable's first rows give them again. */
export async function expectRowsAgain(program: StoppedProgram, name: string): Promise<void> {
  const row = (await program.scope("Locals")).get(name);
  const shown = (await childrenOf(row)).filter((child) => child.name !== "[raw]");
  assert.ok(shown.length > 0, name);
  for (const child of shown)
    assert.equal(await program.text(child.evaluateName ?? ""), child.value, `${name} ${child.name}`);
}
