import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Variant } from "../helpers/compile";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const variants: readonly Variant[] = [
  "default",
  "optimized",
  "static",
  "staticPie",
  "fixedAddress",
  "dwarf4",
];

/** The whole way through a session, on a program with debug information. */
async function wholeWay(session: DebuggeeSession): Promise<void> {
  const { client } = session;
  await session.launchToStop({ breakpoints: ["BP2"] });
  assert.equal(await session.place(), `main:${session.line("BP2")}`);
  assert.equal(await session.evaluate("total"), "0");
  const { id } = await session.checkpoint("first");
  await session.resume("continue");
  assert.equal(await session.evaluate("total"), "1");
  await session.resume("next");
  assert.equal((await session.topFrame()).name, "main");
  await session.backTo(id);
  assert.equal(await session.evaluate("total"), "0");
  await session.evaluate("total = 100", "repl");
  await session.setBreakpoints([]);
  assert.equal(await session.runToExitPause(), "Exiting with code 1");
  await session.backTo(id);
  assert.equal(await session.evaluate("total"), "0", "a change after the checkpoint is not in it");
  assert.equal(await session.runToExitPause(), "Exiting with code 0");
  assert.match(client.output(), /done 110\n.*turn 0 total 0\n.*done 10\n$/s);
  assert.equal(await session.runToEnd(), 0);
}

for (const compiler of ["gcc", "clang"])
  describe(`a program built by ${compiler}`, () => {
    for (const variant of variants)
      it(`as ${variant}`, () => withDebuggee("loop", wholeWay, { compiler, variant }));

    for (const flags of [[], ["-static"], ["-no-pie"], ["-O2"]])
      it(`stripped ${flags.join(" ")}`, () =>
        withDebuggee(
          "loop",
          async (session) => {
            await session.launchToStop({ stopOnEntry: true });
            const { id } = await session.checkpoint();
            const before = (await session.topFrame()).instructionPointerReference;
            for (let i = 0; i < 5; i++) await session.resume("stepIn", { granularity: "instruction" });
            await session.backTo(id);
            assert.equal((await session.topFrame()).instructionPointerReference, before);
            for (let i = 0; i < 2; i++) {
              assert.equal(await session.runToExitPause(), "Exiting with code 0");
              assert.match(session.client.output(), /done 10\n$/);
              await session.backTo(id);
            }
          },
          { compiler, variant: "stripped", flags },
        ));

    for (const variant of ["default", "static", "fixedAddress"] as const)
      it(`with threads, as ${variant}`, () =>
        withDebuggee(
          "threads",
          async (session) => {
            await session.launchToStop({ breakpoints: ["BP1"] });
            assert.equal((await session.client.request<{ threads: unknown[] }>("threads")).threads.length, 4);
            await session.resume("next");
            assert.equal(await session.runToEnd(), 0);
          },
          { compiler, variant },
        ));
  });

describe("a C++ program", () => {
  it("stops by line, shows its variables and restarts", () =>
    withDebuggee("classes", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      assert.match((await session.topFrame()).name, /area/);
      assert.equal(await session.evaluate("this->width"), "3");
      assert.equal(await session.evaluate("height"), "4");
      const { id } = await session.checkpoint();
      await session.setBreakpoints([]);
      assert.equal(await session.runToExitPause(), "Exiting with code 12");
      await session.backTo(id);
      assert.equal(await session.evaluate("this->width"), "3");
    }));
});
