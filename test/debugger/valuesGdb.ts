/** GDB's answers for the same program at the same place, in the form that both debuggers' answers are compared in. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { compile, markers, sourceOf } from "../helpers/compile";
import type { CompileOptions } from "../helpers/compile";

/** What GDB's `output` says for each expression at a marker, in the frame of a function. */
export function gdbAnswers(
  name: string,
  marker: string,
  options: CompileOptions,
  expressions: readonly string[],
  functionName = "main",
): string[] {
  const commands = [
    "set confirm off",
    "set width 0",
    "set host-charset UTF-8",
    "set print null-stop on",
    "set print elements 2000",
    "set debuginfod enabled off",
    "set exec-wrapper env -i",
    `break ${sourceOf(name)}:${markers(name)[marker]}`,
    "run > /dev/null",
    `python [gdb.execute("up", to_string=True) for _ in range(3) if gdb.selected_frame().name() != "${functionName}"]`,
    ...expressions.flatMap((expression) => ["echo [[[", `output ${expression}`, "echo ]]]\\n"]),
    "kill",
  ];
  const result = spawnSync(
    "gdb",
    ["-batch", "-nx", ...commands.flatMap((command) => ["-ex", command]), compile(name, options)],
    { encoding: "utf8", timeout: 60_000, env: { ...process.env, LC_ALL: "C.UTF-8" } },
  );
  const answers = [...result.stdout.matchAll(/\[\[\[(.*?)\]\]\]/gs)].map((match) => match[1] ?? "");
  assert.equal(answers.length, expressions.length, result.stdout + result.stderr);
  return answers;
}

/** Takes away what is a matter of taste: digits beyond the shortest, the type before a pointer, stack addresses. */
export function comparable(text: string): string {
  return text
    .replace(/\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\) (?=0x|@0x|-?\d+$)/g, "")
    .replace(/@0x[\da-f]+: /g, "")
    .replace(/0x7ff[\da-f]{9}/g, "STACK")
    .replace(/\(([A-Z]+(?: \| [A-Z]+)+)\)/g, "$1")
    .replace(/<error: Cannot access memory at address (0x[\da-f]+)>/g, "<cannot read memory at $1>")
    .replace(/\+ -/g, "- ")
    .replace(/(?<![\w.])-?\d+\.?\d*(?:e[+-]?\d+)?/g, (number) =>
      /[.e]/.test(number) ? String(Number(Number(number).toPrecision(8))) : number,
    );
}
