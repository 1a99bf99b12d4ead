/** Many checkpoints and many restarts: what they bring back, and what they leave behind. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryAddress } from "../../adapter/target/addresses";
import type { CheckpointToken } from "../../adapter/target/checkpointer";
import { children, ownDescriptors, withTarget, type Running } from "../target/withTarget";

const ALIVE = 300;
const CYCLES = 1000;
const WORDS_SIZE = 4096 * 4;

/** A fixed sequence, so that a failure can be seen again. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  const result = [...items];
  let state = seed;
  for (let index = result.length - 1; index > 0; index--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const other = state % (index + 1);
    [result[index], result[other]] = [result[other], result[index]];
  }
  return result;
}

function fingerprint({ target, address }: Running): string {
  const heap = memoryAddress(target.memory.read(address("heap"), 8).readBigUInt64LE(0));
  const registers = target.registers(1).list();
  return createHash("sha256")
    .update(target.memory.read(address("state"), WORDS_SIZE))
    .update(target.memory.read(heap, WORDS_SIZE))
    .update(registers.map(({ value }) => value.toString(16)).join(" "))
    .digest("hex");
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** What nobody waits for is done by then, and what nobody holds is gone. */
async function settle(): Promise<void> {
  await sleep(150);
  collectGarbage();
}

/** What `after` holds more often than `before`. */
function added(before: readonly string[], after: readonly string[]): string[] {
  const rest = [...before];
  return after.filter((item) => {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

for (const sameProcessId of ["auto", "never"] as const)
  test(`${ALIVE} checkpoints at once, each restarted in random order (process id ${sameProcessId})`, async () => {
    await withTarget("mixer", { launch: { sameProcessId } }, async (running) => {
      const { checkpointer, breakAt, runTo } = running;
      breakAt("mixed");
      const frozen: { token: CheckpointToken; fingerprint: string }[] = [];
      for (let step = 0; step < ALIVE; step++) {
        await runTo("breakpoint");
        frozen.push({ token: (await checkpointer.create()).token, fingerprint: fingerprint(running) });
      }
      assert.equal(new Set(frozen.map((state) => state.fingerprint)).size, ALIVE);
      for (const state of shuffled(frozen, 20051124)) {
        await checkpointer.restore(state.token, false);
        assert.equal(fingerprint(running), state.fingerprint);
        await runTo("breakpoint");
        assert.notEqual(fingerprint(running), state.fingerprint);
      }
      assert.equal(children().length, ALIVE + 1);
    });
    assert.deepEqual(children(), []);
  });

test(`${CYCLES} rounds of create, restart and delete leave nothing behind`, async () => {
  await withTarget("mixer", {}, async (running) => {
    const { target, checkpointer, breakAt, runTo } = running;
    breakAt("mixed");
    await runTo("breakpoint");
    const cycle = async (): Promise<void> => {
      const { token } = await checkpointer.create();
      await runTo("breakpoint");
      const { left } = await checkpointer.restore(token, true);
      assert.ok(left);
      checkpointer.discard(token);
      await checkpointer.restore(left.token, false);
      checkpointer.discard(left.token);
    };
    for (let warmUp = 0; warmUp < 20; warmUp++) await cycle();
    const mappings = (pid: number | string): string[] =>
      readFileSync(`/proc/${pid}/maps`, "latin1").trim().split("\n");
    // The program's by one name: an ordinary user's restarts give it other ids.
    const descriptors = (): string[] =>
      ownDescriptors().map((link) => link.replace(`/proc/${target.processId}/`, "/proc/PROGRAM/"));
    await settle();
    const before = { descriptors: descriptors(), program: mappings(target.processId) };
    const named = (): string[] => mappings("self").filter((line) => /^(?:\S+ +){5}\S/.test(line));
    const own = { all: mappings("self").length, named: named().length };
    for (let round = 0; round < CYCLES; round++) await cycle();
    await settle();
    assert.deepEqual(added(before.descriptors, descriptors()), []);
    assert.deepEqual(mappings(target.processId), before.program);
    assert.equal(named().length, own.named);
    // Node's own heap moves a little; a mapping a round would be a thousand.
    assert.ok(mappings("self").length < own.all + 200, `${own.all} became ${mappings("self").length}`);
    assert.deepEqual(children(), [target.processId]);
  });
});
