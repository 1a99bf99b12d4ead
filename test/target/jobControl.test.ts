/** Stops by job control end some calls with EINTR (signal(7)), as they do without a debugger; the debugger's own stops do not. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../helpers/compile";
import { withTarget } from "./withTarget";

const SIGNALS = { SIGUSR1: 10, SIGCONT: 18, SIGSTOP: 19, SIGTSTP: 20 } as const;
/** asm/unistd_64.h */
const EPOLL_WAIT = "232";
const PATIENCE_MS = 10_000;

interface Story {
  readonly args: readonly string[];
  readonly signals: readonly (keyof typeof SIGNALS)[];
}

/** What happens to the program, one after the other; behind that it is ended. */
const stories: Readonly<Record<string, Story>> = {
  "is stopped and goes on": { args: [], signals: ["SIGSTOP", "SIGCONT"] },
  "is stopped twice": { args: [], signals: ["SIGSTOP", "SIGCONT", "SIGSTOP", "SIGCONT"] },
  "ignores the stop": { args: ["ignores"], signals: ["SIGTSTP", "SIGCONT"] },
  "is told to go on though it goes": { args: [], signals: ["SIGCONT"] },
};

/** Waits until the program waits, in its call or in a stop by job control. */
async function waits(processId: number): Promise<void> {
  const look = (file: string): string => readFileSync(`/proc/${processId}/${file}`, "latin1");
  const isStill = (): boolean =>
    /^State:\s+[Tt]/m.test(look("status")) || look("syscall").startsWith(`${EPOLL_WAIT} `);
  for (const deadline = Date.now() + PATIENCE_MS; !isStill(); await sleep(1))
    assert.ok(Date.now() < deadline, look("status"));
  // Not just on its way through it.
  await sleep(100);
}

/** What it writes without a debugger. */
async function outputAlone({ args, signals }: Story): Promise<string> {
  const program = spawn(compile("endedByStop"), args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  program.stdout.on("data", (data: Buffer) => (output += data.toString()));
  for (const signal of [...signals, "SIGUSR1"] as const) {
    await waits(program.pid ?? 0);
    program.kill(signal);
  }
  await once(program, "close");
  return output;
}

for (const [name, story] of Object.entries(stories))
  test(`a program in epoll_wait that ${name} is told what it is told without a debugger`, async () => {
    // Before there is a target, which waits for every child of this process.
    const alone = await outputAlone(story);
    await withTarget("endedByStop", { args: story.args }, async (running) => {
      const { target, execution, checkpointer, run, output } = running;
      execution.passSignals = new Set(Object.values(SIGNALS));
      let going = run();
      for (const signal of [...story.signals, "SIGUSR1"] as const) {
        await waits(target.processId);
        // A stop and a restart in between change nothing.
        execution.interrupt();
        assert.equal((await going).kind, "interrupted");
        const { token } = await checkpointer.create();
        await checkpointer.restore(token, false);
        checkpointer.discard(token);
        going = run();
        await waits(target.processId);
        process.kill(target.processId, signal);
      }
      assert.equal((await going).kind, "exiting");
      assert.equal(output(), alone);
    });
  });
