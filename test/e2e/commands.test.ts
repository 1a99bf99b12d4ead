/** Every other way to the same deeds: palette, menus, Debug Console, VS Code's own Restart; and what refusals look like. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers } from "../helpers/compile";
import { withWorkbench } from "./withWorkbench";
import type { Workbench } from "./workbench";

const { BP1: inLoop = 0, BP2: afterLoop = 0 } = markers("outcomes");
const light = { "workbench.colorTheme": "Default Light Modern" };

test("palette, menus, console and Restart", async () => {
  await withWorkbench("commands", { programs: ["outcomes"], settings: light }, async (workbench) => {
    await workbench.openFile("outcomes.c");
    await workbench.toggleBreakpoint(inLoop);
    await workbench.start();
    await workbench.waitForStopAt(inLoop);
    await takeFromPaletteAndConsole(workbench);
    await restartFromPalette(workbench);
    await goToSourceAndCopy(workbench);
    await renameByKey(workbench);
    await refusedAtTheExit(workbench);
    await deleteAll(workbench);
    await restartAsks(workbench);
  });
});

async function takeFromPaletteAndConsole(workbench: Workbench): Promise<void> {
  assert.deepEqual(await workbench.offeredCommands("Forkpoint"), [
    "Forkpoint: Take Checkpoint",
    "Forkpoint: Take Checkpoint with Label…",
  ]);
  await workbench.runCommand("Forkpoint: Take Checkpoint with Label…");
  await workbench.answer("at the till");
  await workbench.checkpoints.rows("#1 at the till").waitFor();
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("purse", "38");
  await workbench.debug.showConsole();
  await workbench.debug.typeInConsole("checkpoint second round");
  await workbench.checkpoints.rows("#2 second round").waitFor();
  await workbench.debug.typeInConsole("mistyped + 1");
  await workbench.debug.waitForConsole('No symbol "mistyped" in this context.');
  assert.deepEqual(await workbench.notifications(), [], "the console has said it");
}

async function restartFromPalette(workbench: Workbench): Promise<void> {
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("purse", "8");
  await workbench.runCommand("Forkpoint: Restart from Checkpoint");
  await workbench.screenshot("quick-pick");
  await workbench.pick("#2 second round");
  await workbench.debug.waitForVariable("purse", "38");
  await workbench.checkpoints.waitForCount(3);
  await workbench.checkpoints.choose("#1", "Restart from Checkpoint, Discarding");
  await workbench.debug.waitForVariable("purse", "50");
  await workbench.checkpoints.waitForCount(3);
}

async function goToSourceAndCopy(workbench: Workbench): Promise<void> {
  await workbench.closeEditor();
  await workbench.checkpoints.choose("#2", "Go to Source");
  await workbench.waitForCursorAt(inLoop);
  await workbench.checkpoints.choose("#2", "Copy Checkpoint");
  assert.match(await workbench.clipboard(), /^Checkpoint 2 "second round": main at .*outcomes\.c:\d+ \(0x/);
}

/** VS Code does not tell a key's command which row has the focus, so it asks. */
async function renameByKey(workbench: Workbench): Promise<void> {
  await workbench.runCommand("Focus on Checkpoints View");
  await workbench.page.keyboard.press("Delete");
  await workbench.page.getByPlaceholder("Delete which checkpoint?").press("Escape");
  await workbench.page.keyboard.press("F2");
  await workbench.pick("#2 second round");
  await workbench.answerBox("Rename Checkpoint 2", "renamed");
  await workbench.checkpoints.rows("#2 renamed").waitFor();
}

/** Nothing can be copied at the exit; the refusal is one sentence, shown once, and the session goes on. */
async function refusedAtTheExit(workbench: Workbench): Promise<void> {
  await workbench.toggleBreakpoint(inLoop);
  await workbench.debug.press("Continue");
  await workbench.debug.waitForCallStack("Exiting with code 3");
  await workbench.debug.press("Take Checkpoint");
  const shown = await workbench.waitForNotification();
  assert.equal(shown.length, 1);
  assert.match(shown[0] ?? "", /exit.*\.$/);
  await workbench.screenshot("refusal");
  await workbench.runCommand("Notifications: Clear All Notifications");
  await workbench.checkpoints.press("#2", "Restart from Checkpoint");
  await workbench.waitForStopAt(inLoop);
}

async function deleteAll(workbench: Workbench): Promise<void> {
  await workbench.runCommand("Forkpoint: Delete All Checkpoints…");
  assert.match(await workbench.answerDialog("Delete"), /Delete all 3 checkpoints/);
  await workbench.checkpoints.waitForCount(0);
  await workbench.checkpoints.pane
    .getByText("Take a checkpoint, go on, and click it to come back.")
    .waitFor();
  await workbench.screenshot("empty-view");
}

/** VS Code's own Restart would free what was taken: it asks first, and Cancel leaves all as it is. */
async function restartAsks(workbench: Workbench): Promise<void> {
  await workbench.toggleBreakpoint(afterLoop);
  await workbench.debug.press("Take Checkpoint");
  await workbench.checkpoints.waitForCount(1);
  await workbench.debug.press("Restart");
  await workbench.screenshot("restart-asks");
  assert.match(await workbench.answerDialog("Cancel"), /anew.*Its checkpoint is freed/s);
  await workbench.debug.press("Continue");
  await workbench.waitForStopAt(afterLoop);
  await workbench.checkpoints.waitForCount(1);
  await workbench.debug.press("Restart");
  await workbench.answerDialog("Restart");
  await workbench.checkpoints.waitForCount(0);
  await workbench.waitForStopAt(afterLoop);
  await workbench.debug.press("Stop");
  await workbench.debug.toolbarButton("Stop").waitFor({ state: "hidden" });
}
