/** Several sessions at once, and one that cannot begin. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers } from "../helpers/compile";
import { withWorkbench } from "./withWorkbench";

const { BP1: inLoop = 0 } = markers("outcomes");

function configuration(name: string, program: string): Record<string, unknown> {
  return { type: "forkpoint", request: "launch", name, program: `\${workspaceFolder}/${program}` };
}

test("two sessions have a node each, and a click goes to the session of its checkpoint", async () => {
  const configurations = [configuration("left", "outcomes"), configuration("right", "outcomes")];
  await withWorkbench("sessions", { programs: ["outcomes"], configurations }, async (workbench) => {
    await workbench.openFile("outcomes.c");
    await workbench.toggleBreakpoint(inLoop);
    await workbench.startConfiguration("left");
    await workbench.waitForVariable("purse", "50");
    await workbench.press("Take Checkpoint");
    await workbench.waitForCheckpoints(1);
    await workbench.press("Continue");
    await workbench.waitForVariable("purse", "38");
    await workbench.startConfiguration("right");
    await workbench.waitForCheckpoints(3);
    await workbench.pressOnCheckpoint("right", "Take Checkpoint");
    await workbench.waitForCheckpoints(4);
    await workbench.clickCheckpoint("#1", "last");
    await workbench.waitForVariable("purse", "50");
    await workbench.press("Continue");
    await workbench.waitForVariable("purse", "38");
    await workbench.press("Take Checkpoint");
    await workbench.waitForCheckpoints(5);
    await workbench.press("Continue");
    await workbench.waitForVariable("purse", "8");
    await workbench.clickCheckpoint("#1");
    await workbench.waitForVariable("purse", "50");
    await workbench.waitForCheckpoints(6);
    await workbench.screenshot("two-sessions");
    await workbench.clickCheckpoint("#2", "last");
    await workbench.waitForVariable("purse", "38");
    await workbench.press("Stop");
    await workbench.checkpoints("right").waitFor({ state: "hidden" });
    await workbench.waitForCheckpoints(2);
    assert.match(await workbench.checkpointText(0), /^#1 /, "one session needs no node of its own");
  });
});

test("a program that is not there is refused in one sentence", async () => {
  const configurations = [configuration("gone", "nothing-here")];
  await withWorkbench("refused", { programs: ["outcomes"], configurations }, async (workbench) => {
    await workbench.openFile("outcomes.c");
    await workbench.toggleBreakpoint(inLoop);
    await workbench.start();
    assert.match(await workbench.answerDialog("Cancel"), /nothing-here.*\./);
    assert.deepEqual(await workbench.offeredCommands("Forkpoint"), ["No matching commands"]);
  });
});
