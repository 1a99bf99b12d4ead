/** Finds the processes that a test made, however they were made, by a variable in their environment. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const VARIABLE = "DEBUGGEE_OF_TEST";

/** A mark for the processes of one test: put `environment` into the adapter's or the program's environment. */
export interface ProcessMark {
  readonly environment: Readonly<Record<string, string>>;
  /** Ids of the processes that carry the mark now, zombies not among them. */
  survivors(): number[];
  /** Waits up to `milliseconds` until none is left, else fails and names them; what is left is killed. */
  assertNoneLeft(milliseconds?: number): Promise<void>;
}

/** A fresh mark. Every process started with its environment inherits it, forked checkpoints too. */
export function markProcesses(): ProcessMark {
  const value = randomUUID();
  const survivors = () => processesWith(`${VARIABLE}=${value}`);
  return {
    environment: { [VARIABLE]: value },
    survivors,
    async assertNoneLeft(milliseconds = 3000) {
      const deadline = Date.now() + milliseconds;
      while (survivors().length > 0 && Date.now() < deadline) await sleep(20);
      const left = survivors().map((pid) => `${pid} (${commandOf(pid)})`);
      for (const pid of survivors()) process.kill(pid, "SIGKILL");
      assert.deepEqual(left, [], "processes that outlived the test");
    },
  };
}

function processesWith(setting: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(`/proc/${pid}/environ`).split("\0").includes(setting))
    .map(Number);
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

/** A process may vanish between two looks; then there is nothing to read. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** One field of /proc/PID/status (proc(5)), such as `PPid` or `State`; undefined when the process is gone. */
export function processStatus(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(read(`/proc/${pid}/status`))?.[1];
}

let users = 0;

/**
 * A user id that no other test has, in this run or one beside it: the kernel counts a user's tasks, pending signals and more
 * over all processes, and limits bind by that count. For root to become.
 */
export function freshUserId(): number {
  users += 1;
  return 1_000_000 + process.pid * 16 + users;
}
