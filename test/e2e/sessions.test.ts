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
    await workbench.debug.waitForVariable("purse", "50");
    await workbench.debug.press("Take Checkpoint");
    await workbench.checkpoints.waitForCount(1);
    await workbench.debug.press("Continue");
    await workbench.debug.waitForVariable("purse", "38");
    await workbench.startConfiguration("right");
    await workbench.checkpoints.waitForCount(3);
    await workbench.debug.waitForSessionsAtBreakpoints(2);
    await workbench.checkpoints.press("right", "Take Checkpoint");
    await workbench.checkpoints.waitForCount(4);
    await workbench.checkpoints.click("#1", "last");
    await workbench.debug.waitForVariable("purse", "50");
    await workbench.debug.press("Continue");
    await workbench.debug.waitForVariable("purse", "38");
    await workbench.debug.press("Take Checkpoint");
    await workbench.checkpoints.waitForCount(5);
    await workbench.debug.press("Continue");
    await workbench.debug.waitForVariable("purse", "8");
    await workbench.checkpoints.click("#1");
    await workbench.debug.waitForVariable("purse", "50");
    await workbench.checkpoints.waitForCount(6);
    await workbench.screenshot("two-sessions");
    await workbench.runCommand("Forkpoint: Evaluate in Checkpoint…");
    await workbench.pick("#2");
    await workbench.answerBox("Evaluate in #2 main (left)", "purse + 1");
    assert.deepEqual(await workbench.waitForNotification(), ["#2 main (left): purse + 1 = 39"]);
    await workbench.runCommand("Notifications: Clear All Notifications");
    await workbench.checkpoints.click("#2", "last");
    await workbench.debug.waitForVariable("purse", "38");
    await workbench.debug.press("Stop");
    await workbench.checkpoints.rows("right").waitFor({ state: "hidden" });
    await workbench.checkpoints.waitForCount(2);
    assert.match(await workbench.checkpoints.textOf(0), /^#1 /, "one session needs no node of its own");
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

test("rows have icons to be seen on the white of high contrast", async () => {
  const settings = { "workbench.colorTheme": "Default High Contrast Light" };
  await withWorkbench("contrast", { programs: ["outcomes"], settings }, async (workbench) => {
    await workbench.openFile("outcomes.c");
    await workbench.toggleBreakpoint(inLoop);
    await workbench.start();
    await workbench.waitForStopAt(inLoop);
    await workbench.debug.press("Take Checkpoint");
    await workbench.checkpoints.waitForCount(1);
    const icon = workbench.checkpoints.rows("#1").locator(".custom-view-tree-node-item-icon");
    const image = await icon.evaluate((element) => getComputedStyle(element).backgroundImage);
    assert.match(image, /light(\/|%2F)manual/i);
    await workbench.screenshot("high-contrast-light");
  });
});
