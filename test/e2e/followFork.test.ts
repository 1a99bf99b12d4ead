/** Both sides of the program's own fork, each a session in one VS Code. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers } from "../helpers/compile";
import { withWorkbench } from "./withWorkbench";

const { MET: met = 0 } = markers("both");

test("followFork both: a session for the child beside its parent's, each with its own steps and checkpoints", async () => {
  const configuration = {
    type: "forkpoint",
    request: "launch",
    name: "family",
    program: "${workspaceFolder}/both",
    followFork: "both",
  };
  const scene = { programs: ["both"], configurations: [configuration] };
  await withWorkbench("follow-fork", scene, async (workbench) => {
    const { debug, checkpoints } = workbench;
    await workbench.openFile("both.c");
    await workbench.toggleBreakpoint(met);
    await workbench.startConfiguration("family");
    await debug.waitForCallStack("both (process");
    await debug.waitForSessions(2);
    await workbench.waitForStopAt(met);

    await workbench.focusSession("both (process");
    await debug.waitForVariable("round", "0");
    await debug.press("Take Checkpoint");
    await checkpoints.waitForCount(3);
    for (const round of ["1", "2", "3"]) {
      await debug.press("Continue");
      await debug.waitForVariable("round", round);
    }
    await workbench.screenshot("fork-child");

    await workbench.focusSession("family");
    await debug.waitForVariable("round", "0");
    await debug.press("Continue");
    await debug.waitForVariable("round", "1");
    await workbench.screenshot("fork-parent");

    await checkpoints.click("#1");
    await debug.waitForVariable("round", "0");
    await workbench.focusSession("family");
    await debug.waitForVariable("round", "1");
    await workbench.screenshot("fork-both");

    await debug.press("Stop");
    await debug.waitForSessions(0);
    assert.deepEqual(await workbench.notifications(), []);
  });
});
