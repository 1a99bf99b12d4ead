/** Looking at checkpoints without going back: comparisons, values, what a restart restores, and a copy that runs free. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Locator } from "playwright-core";
import { markers } from "../helpers/compile";
import { withWorkbench } from "./withWorkbench";
import type { Workbench } from "./workbench";

const { BP1: inLoop = 0 } = markers("outcomes");

const configuration = {
  name: "outcomes",
  type: "forkpoint",
  request: "launch",
  program: "${workspaceFolder}/outcomes",
  checkpoints: { sameProcessId: "never" },
};

test("a checkpoint is compared, asked, and let go, and the program stays where it is", async () => {
  await withWorkbench(
    "inspection",
    { programs: ["outcomes"], configurations: [configuration] },
    async (workbench) => {
      await workbench.openFile("outcomes.c");
      await workbench.toggleBreakpoint(inLoop);
      await workbench.start();
      await workbench.waitForStopAt(inLoop);
      await workbench.debug.press("Take Checkpoint");
      await workbench.checkpoints.rows("#1 main").waitFor();
      await compareWithSelf(workbench);
      await workbench.debug.press("Continue");
      await workbench.debug.waitForVariable("purse", "38");
      await compareWithLive(workbench);
      await compareWithOther(workbench);
      await evaluateIn(workbench);
      await showFidelity(workbench);
      await detach(workbench);
      await workbench.debug.waitForVariable("purse", "38");
      await restartWithLoss(workbench);
    },
  );
});

async function compareWithSelf(workbench: Workbench): Promise<void> {
  await workbench.checkpoints.choose("#1", "Compare Checkpoint with Live Program");
  const shown = await workbench.waitForNotification();
  assert.match(shown[0] ?? "", /Between #1 main and the live program no variable differs, nor any byte/);
  await workbench.runCommand("Notifications: Clear All Notifications");
}

/** The editor of changes, the checkpoint on the left. */
async function assertDiff(workbench: Workbench, title: string, name: string): Promise<void> {
  const { page } = workbench;
  const diff = page.locator(".monaco-diff-editor");
  await diff.locator(".editor.original", { hasText: "int purse = 50" }).waitFor();
  await diff.locator(".editor.modified", { hasText: "int purse = 38" }).waitFor();
  await diff.locator(".editor.modified", { hasText: "Locals of main" }).waitFor();
  await page.locator(".tab.active", { hasText: title }).waitFor();
  await workbench.screenshot(name);
  await workbench.runCommand("View: Close Editor");
  await diff.waitFor({ state: "detached" });
}

async function compareWithLive(workbench: Workbench): Promise<void> {
  await workbench.checkpoints.choose("#1", "Compare Checkpoint with Live Program");
  await assertDiff(workbench, "#1 main ↔ live program", "comparison");
}

async function compareWithOther(workbench: Workbench): Promise<void> {
  await workbench.debug.press("Take Checkpoint");
  await workbench.checkpoints.waitForCount(2);
  await workbench.checkpoints.choose("#1", "Compare Checkpoint with…");
  await workbench.pick("#2 main");
  await assertDiff(workbench, "#1 main ↔ #2 main", "comparison-of-two");
}

async function evaluateIn(workbench: Workbench): Promise<void> {
  await workbench.checkpoints.choose("#1", "Evaluate in Checkpoint…");
  await workbench.answerBox("Evaluate in #1 main", "purse * 2");
  assert.match((await workbench.waitForNotification())[0] ?? "", /#1 main: purse \* 2 = 100/);
  await workbench.screenshot("evaluated");
  await workbench.runCommand("Notifications: Clear All Notifications");
  await workbench.runCommand("Forkpoint: Evaluate in Checkpoint…");
  await workbench.pick("#1 main");
  await workbench.answerBox("Evaluate in #1 main", "purse = 2");
  assert.match((await workbench.waitForNotification())[0] ?? "", /restart it first/);
  await workbench.runCommand("Notifications: Clear All Notifications");
}

/** A row has nothing below it, and no arrow, until it is asked for; folded, it is as before. */
async function showFidelity(workbench: Workbench): Promise<void> {
  const { checkpoints } = workbench;
  const arrows = checkpoints.pane.locator(".monaco-tl-twistie.collapsible");
  const details = checkpoints.rows("registers");
  for (const round of [1, 2]) {
    assert.equal(await arrows.count(), 0, `round ${round}`);
    await checkpoints.choose("#1", "Show What a Restart Restores");
    await details.first().waitFor();
    assert.equal(await arrows.count(), 1, `round ${round}`);
    assert.equal(await badges(workbench).count(), 0);
    if (round === 2) break;
    await arrows.click();
    await details.waitFor({ state: "detached" });
    await arrows.waitFor({ state: "detached" });
  }
}

function badges({ checkpoints }: Workbench): Locator {
  return checkpoints.rows("#1").locator('[class*="monaco-decoration-itemBadge"]');
}

/** The configuration asks for new process ids, so that something is lost: the row says so, and the list has it first. */
async function restartWithLoss(workbench: Workbench): Promise<void> {
  const { checkpoints } = workbench;
  await checkpoints.click("#1");
  await workbench.debug.waitForVariable("purse", "50");
  await badges(workbench).first().waitFor();
  await checkpoints.rows("not restored: new process ids were asked for").waitFor();
  assert.match(await checkpoints.textOf(1), /^process and thread ids ?not restored/);
  await workbench.screenshot("fidelity");
}

async function detach(workbench: Workbench): Promise<void> {
  await workbench.checkpoints.choose("#1", "Let a Copy of Checkpoint Run Free");
  const shown = await workbench.waitForNotification();
  assert.match(shown[0] ?? "", /A copy of #1 main runs free as process \d+\./);
  await workbench.debug.showConsole();
  await workbench.page.locator(".repl", { hasText: "has the session's terminal" }).waitFor();
  await workbench.screenshot("detached");
}
