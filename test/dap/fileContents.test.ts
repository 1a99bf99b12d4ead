import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

async function withFolder(body: (session: DebuggeeSession, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync("/tmp/forkpoint-");
  try {
    await withDebuggee("fileContents", (session) => body(session, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** At the second place, where the files are not as checkpoint 1 has them. */
async function toSecond(session: DebuggeeSession, folder: string): Promise<void> {
  const checkpoints = { files: "contents" as const };
  await session.launchToStop({ breakpoints: ["BP1", "BP2"], args: [folder], checkpoints });
  const { fidelity } = await session.checkpoint();
  const kept = fidelity.find(({ resource }) => resource === "file contents");
  assert.match(kept?.detail ?? "", new RegExp(`written back.*${folder}/changed`));
  // File systems know the time of a file's making by the tick.
  await sleep(30);
  await session.resume("continue");
}

describe("contents of files", () => {
  it("are written back after the console has said which", () =>
    withFolder(async (session, folder) => {
      await toSecond(session, folder);
      await session.backTo(1);
      const said = session.client.output("console").replaceAll(`${folder}/`, "");
      assert.match(said, /^Checkpoint 1 writes back the contents of a file: changed$/m);
      assert.match(said, /^Checkpoint 1 makes a file again that was removed since: gone$/m);
      assert.match(said, /^Checkpoint 1 removes a file that was created since: new\n(.*\n)*Restarted from/m);
      assert.equal(readFileSync(`${folder}/changed`, "latin1"), "as it was!");
      await session.setBreakpoints([]);
      assert.equal(await session.runToExitPause(), "Exiting with code 0");
    }));

  it("stay as they are where that is asked for", () =>
    withFolder(async (session, folder) => {
      await toSecond(session, folder);
      await session.client.request("restartCheckpoint", { checkpointId: 1, keepFiles: true });
      await session.client.nextStop();
      assert.doesNotMatch(session.client.output("console"), /contents of a file/);
      assert.equal(readFileSync(`${folder}/changed`, "latin1"), "As it was! and more");
      assert.ok(existsSync(`${folder}/new`) && !existsSync(`${folder}/gone`));
      await assert.rejects(
        session.client.request("restartCheckpoint", { checkpointId: 1, keepFiles: "yes" }),
        /"keepFiles" must be true or false, not "yes"\./,
      );
    }));
});
