import assert from "node:assert/strict";
import { test } from "node:test";
import { respond } from "../../adapter/dap/respond";
import { UserError } from "../../adapter/debugger/types";
import { TraceLog } from "../../adapter/log";

/** Whether VS Code makes a notification of what a request is refused with. */
async function notifies(command: string): Promise<unknown> {
  const refuse = (): never => {
    throw new UserError("It is not to be had.");
  };
  const request = { type: "request", seq: 1, command } as const;
  const response = await respond(request, { [command]: refuse }, new TraceLog());
  assert.equal(response.message, "It is not to be had.");
  return (response.body as { error: { showUser: boolean } }).error.showUser;
}

test("a refusal is a notification only where nobody shows it otherwise", async () => {
  for (const command of ["continue", "next", "pause", "setBreakpoints", "readMemory"])
    assert.equal(await notifies(command), true, command);
  // The views ask by themselves at every stop, and say in place what they are told.
  for (const command of ["scopes", "variables", "stackTrace", "evaluate", "setVariable"])
    assert.equal(await notifies(command), false, command);
  for (const command of ["createCheckpoint", "restartCheckpoint"])
    assert.equal(await notifies(command), false, command);
});
