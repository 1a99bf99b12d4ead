/** Stops by job control end some calls with EINTR (signal(7)), as they do without a debugger; the debugger's own stops do not. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { compile } from "../helpers/compile";
import { withTarget } from "./withTarget";

const SIGNALS = { SIGSTOP: 19, SIGTSTP: 20, SIGCONT: 18 } as const;

/** What happens to the program, one after the other. */
const stories = {
  "is stopped and goes on": { args: [], signals: ["SIGSTOP", "SIGCONT"] },
  "is stopped twice": { args: [], signals: ["SIGSTOP", "SIGCONT", "SIGSTOP", "SIGCONT"] },
  "ignores the stop": { args: ["ignores"], signals: ["SIGTSTP", "SIGCONT"] },
  "is told to go on though it goes": { args: [], signals: ["SIGCONT"] },
} as const;

/** What it writes without a debugger. */
async function outputAlone({ args, signals }: (typeof stories)[keyof typeof stories]): Promise<string> {
  const program = spawn(compile("endedByStop"), args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  program.stdout.on("data", (data: Buffer) => (output += data.toString()));
  for (const signal of signals) {
    await sleep(150);
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
      const interrupt = async (): Promise<void> => {
        execution.interrupt();
        assert.equal((await going).kind, "interrupted");
      };
      for (const signal of story.signals) {
        await sleep(150);
        // A stop and a restart in between change nothing.
        await interrupt();
        const { token } = await checkpointer.create();
        await checkpointer.restore(token, false);
        checkpointer.discard(token);
        going = run();
        await sleep(20);
        process.kill(target.processId, signal);
      }
      assert.equal((await going).kind, "exiting");
      assert.equal(output(), alone);
    });
  });
