/** The way that a person goes, with the mouse, in a real VS Code with the packaged extension. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers } from "../helpers/compile";
import { rest } from "./poll";
import { withWorkbench } from "./withWorkbench";
import type { Workbench } from "./workbench";

const { BP1: inLoop = 0, BP2: afterLoop = 0 } = markers("outcomes");

test("from nothing to a click: checkpoints, another outcome, and back from the exit", async () => {
  await withWorkbench("checkpoints", { programs: ["outcomes"] }, async (workbench) => {
    await stopInLoop(workbench);
    await takeTwo(workbench);
    await clickBackAndChange(workbench);
    await clickAgainAndDelete(workbench);
    await exitAndBack(workbench);
  });
});

/** No launch.json: F5 takes the program that is named like the open source. */
async function stopInLoop(workbench: Workbench): Promise<void> {
  assert.deepEqual(await workbench.offeredCommands("Forkpoint"), ["No matching commands"]);
  await workbench.openFile("outcomes.c");
  await workbench.toggleBreakpoint(inLoop);
  await workbench.toggleBreakpoint(afterLoop);
  await workbench.start();
  await workbench.waitForStopAt(inLoop);
  await workbench.debug.waitForVariable("purse", "50");
  await workbench.screenshot("1-stopped");
}

/** The view shows itself at the first checkpoint. */
async function takeTwo(workbench: Workbench): Promise<void> {
  await workbench.debug.press("Take Checkpoint");
  await workbench.checkpoints.waitForCount(1);
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("purse", "38");
  await workbench.debug.press("Take Checkpoint");
  await workbench.checkpoints.waitForCount(2);
  assert.match(await workbench.checkpoints.textOf(0), /^#1 main.*outcomes\.c:\d+ · \d\d:\d\d:\d\d$/);
  await workbench.screenshot("2-two-checkpoints");
}

async function clickBackAndChange(workbench: Workbench): Promise<void> {
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("purse", "8");
  await workbench.debug.press("Continue");
  await workbench.waitForStopAt(afterLoop);
  await workbench.debug.waitForVariable("purse", "-17");
  await workbench.checkpoints.click("#1");
  await workbench.waitForStopAt(inLoop);
  await workbench.debug.waitForVariable("purse", "50");
  await workbench.debug.waitForVariable("i", "0");
  await workbench.debug.waitForCallStack("Restarted from checkpoint 1");
  await workbench.checkpoints.waitForCount(3);
  await workbench.screenshot("3-back-at-the-first");
  await workbench.debug.setVariable("purse", "500");
  for (const left of ["488", "458"]) {
    await workbench.debug.press("Continue");
    await workbench.debug.waitForVariable("purse", left);
  }
  await workbench.debug.press("Continue");
  await workbench.waitForStopAt(afterLoop);
  await workbench.debug.waitForVariable("purse", "433");
  await workbench.screenshot("4-another-outcome");
}

/** A double click restarts once: it leaves one branch, not two, and nothing unfolds. */
async function clickAgainAndDelete(workbench: Workbench): Promise<void> {
  await rest(workbench.page);
  await workbench.checkpoints.rows("#1").dblclick();
  await workbench.waitForStopAt(inLoop);
  await workbench.debug.waitForVariable("purse", "50");
  await workbench.checkpoints.waitForCount(4);
  assert.equal(await workbench.checkpoints.rows().count(), 4);
  await workbench.checkpoints.press("#2", "Delete Checkpoint");
  await workbench.checkpoints.waitForCount(3);
  assert.equal(await workbench.checkpoints.rows("#2").count(), 0);
  await workbench.checkpoints.choose("#1", "Rename Checkpoint");
  await workbench.answer("before buying");
  await workbench.checkpoints.rows("#1 before buying").waitFor();
}

async function exitAndBack(workbench: Workbench): Promise<void> {
  for (const left of ["38", "8", "-17"]) {
    await workbench.debug.press("Continue");
    await workbench.debug.waitForVariable("purse", left);
  }
  await workbench.debug.press("Continue");
  await workbench.debug.waitForCallStack("Exiting with code 3");
  await workbench.debug.waitForConsole("broke");
  await workbench.checkpoints.pane.getByText("The program is exiting with code 3.").waitFor();
  await workbench.screenshot("5-at-the-exit");
  await workbench.checkpoints.click("#1");
  await workbench.waitForStopAt(inLoop);
  await workbench.debug.waitForVariable("purse", "50");
  await workbench.screenshot("6-back-from-the-exit");
  assert.deepEqual(await workbench.notifications(), []);
  await workbench.debug.press("Stop");
  await workbench.debug.toolbarButton("Stop").waitFor({ state: "hidden" });
  assert.equal(await workbench.checkpoints.pane.count(), 0);
  assert.deepEqual(await workbench.offeredCommands("Forkpoint"), ["No matching commands"]);
}
