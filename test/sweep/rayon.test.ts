/** A program of Rust's rayon, swept as the hazards are: its crate is the one that Debian has (librust-rayon-dev). */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { repository } from "../helpers/compile";
import { SweepWorker } from "./sweepWorker";

/** An ordinary user without any privilege. */
const nobody = 65534;
const positions = Number(process.env["SWEEP_POSITIONS"] ?? 3);
const seed = Number(process.env["SWEEP_SEED"] ?? 1);

/** Where Debian's packages have the sources of crates; nothing is fetched. */
const sources = [
  'source.crates-io.replace-with="debian"',
  'source.debian.directory="/usr/share/cargo/registry"',
];

function build(): string {
  // Cargo writes its lock file beside the manifest.
  const folder = path.join(repository, "test/.out/rayon");
  cpSync(path.join(repository, "test/debuggees/rayon"), folder, { recursive: true });
  const args = ["build", "--offline", "--quiet", ...sources.flatMap((each) => ["--config", each])];
  const result = spawnSync("cargo", args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, RUSTFLAGS: "-C relocation-model=static" },
  });
  assert.equal(result.status, 0, result.error?.message ?? result.stderr);
  return path.join(folder, "target/debug/pool");
}

const users = process.getuid?.() === 0 ? [undefined, nobody] : [undefined];

describe("rayon", () => {
  let program = "";
  before(() => {
    program = build();
  });
  for (const userId of users) {
    const worker = new SweepWorker(userId);
    after(() => worker.end());
    it(`a thread pool, as ${userId === undefined ? "this user" : "an ordinary user"}`, async () => {
      const options = {
        positions,
        seed,
        markersOnly: false,
        needsIds: false,
        anyMoment: true,
        sameProcessId: "auto",
      } as const;
      assert.deepEqual(await worker.sweep({ program, ...options }, 120_000), []);
    });
  }
});
