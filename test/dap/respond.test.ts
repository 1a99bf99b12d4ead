import assert from "node:assert/strict";
import { test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { respond } from "../../adapter/dap/respond";
import { UserError } from "../../adapter/debugger/types";
import { TraceLog } from "../../adapter/log";

/** What a client gets for a request that is refused with a sentence. */
async function refused(command: string, sentence: string): Promise<DebugProtocol.Message> {
  const refuse = (): never => {
    throw new UserError(sentence);
  };
  const request = { type: "request", seq: 1, command } as const;
  const response = await respond(request, { [command]: refuse }, new TraceLog());
  assert.equal(response.message, sentence);
  return (response.body as { error: DebugProtocol.Message }).error;
}

/** Whether VS Code makes a notification of what a request is refused with. */
async function notifies(command: string): Promise<unknown> {
  return (await refused(command, "It is not to be had.")).showUser;
}

test("a refusal is a notification only where nobody shows it otherwise", async () => {
  for (const command of ["continue", "next", "pause", "setBreakpoints", "readMemory"])
    assert.equal(await notifies(command), true, command);
  // The views ask by themselves at every stop, and say in place what they are told.
  for (const command of ["scopes", "variables", "stackTrace", "evaluate", "setVariable", "disassemble"])
    assert.equal(await notifies(command), false, command);
  for (const command of ["createCheckpoint", "restartCheckpoint"])
    assert.equal(await notifies(command), false, command);
});

test("what stands in braces in a sentence comes through, whether a client puts variables in or not", async () => {
  for (const sentence of [
    "There is no ${workspaceFoldr}/a.out.",
    "f{3} and {} and { 1, 2 } and f{3}.",
    "No braces.",
  ]) {
    const { format, variables = {} } = await refused("launch", sentence);
    assert.equal(format, sentence);
    assert.equal(
      format.replaceAll(/\{([^}]+)\}/g, (_, name: string) => variables[name] ?? "(missing)"),
      sentence,
    );
  }
});
