/** The demo, as the README leads through it; its picture is the README's. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { repository } from "../helpers/compile";
import { withWorkbench } from "./withWorkbench";
import type { Workbench } from "./workbench";

const voyage = path.join(repository, "demo/voyage.c");
const inHarbour =
  readFileSync(voyage, "utf8")
    .split("\n")
    .findIndex((text) => text.includes("==> %s")) + 1;
const settings = { "editor.stickyScroll.enabled": false, "editor.fontSize": 13 };

test("the Sea Otter finds the treasure after all", async () => {
  await withWorkbench("demo", { programs: [voyage], settings }, async (workbench) => {
    await sailToTortuga(workbench);
    await sailToTheRocks(workbench);
    await findTheCulprit(workbench);
    await sailToTheTreasure(workbench);
  });
});

test("a restart typed in the Debug Console folds no variable", async () => {
  await withWorkbench("demo-console", { programs: [voyage], settings }, async (workbench) => {
    const { debug } = workbench;
    await sailToTortuga(workbench);
    await debug.waitForVariable("day", "6");
    await debug.showConsole();
    await debug.typeInConsole("checkpoint");
    await workbench.checkpoints.waitForCount(1);
    await debug.press("Continue");
    await debug.waitForVariable("day", "13");
    await debug.typeInConsole("restart 1");
    await debug.waitForVariable("day", "6");
  });
});

async function sailToTortuga(workbench: Workbench): Promise<void> {
  await workbench.openFile("voyage.c");
  await workbench.goToLine(inHarbour);
  await workbench.toggleBreakpoint(inHarbour);
  await workbench.start();
  await workbench.waitForStopAt(inHarbour);
  await workbench.debug.expandVariable("ship");
}

async function sailToTheRocks(workbench: Workbench): Promise<void> {
  for (const [harbour, day] of [
    ["Tortuga", "6"],
    ["Nassau", "13"],
    ["Havana", "19"],
  ] as const) {
    await workbench.debug.waitForVariable("day", day);
    await workbench.runCommand("Forkpoint: Take Checkpoint with Label…");
    await workbench.answer(harbour);
    await workbench.checkpoints.rows(harbour).waitFor();
    await workbench.debug.press("Continue");
  }
  await workbench.debug.waitForCallStack("Exiting with code 1");
  await workbench.debug.waitForConsole("WRECKED!");
}

/** Between two harbours the compass went wrong. */
async function findTheCulprit(workbench: Workbench): Promise<void> {
  await workbench.checkpoints.click("Tortuga");
  await workbench.debug.waitForVariable("day", "6");
  await workbench.debug.waitForVariable("deviation", "0");
  await workbench.checkpoints.click("Nassau");
  await workbench.debug.waitForVariable("day", "13");
  await workbench.debug.waitForVariable("deviation", "2");
  await workbench.widenSideBar(55);
  await workbench.screenshot("demo");
}

async function sailToTheTreasure(workbench: Workbench): Promise<void> {
  await workbench.debug.setVariable("deviation", "0");
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("day", "19");
  await workbench.debug.press("Continue");
  await workbench.debug.waitForVariable("day", "27");
  await workbench.debug.press("Continue");
  await workbench.debug.waitForCallStack("Exiting with code 0");
  await workbench.debug.waitForConsole("TREASURE!");
  await workbench.screenshot("demo-treasure");
}
