/** Base classes that do not begin where the object does. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CompileOptions } from "../helpers/compile";
import { sourceOf } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";
import { withProgram, type StoppedProgram } from "./valuesProgram";

const builds: readonly CompileOptions[] = [
  { compiler: "g++", flags: ["-gdwarf-5"] },
  { compiler: "g++", flags: ["-gdwarf-3", "-gstrict-dwarf"] },
  { compiler: "clang++", flags: ["-gdwarf-5"] },
  { compiler: "clang++", flags: ["-gdwarf-4"] },
];

async function assertTexts(program: StoppedProgram, expected: Record<string, string>): Promise<void> {
  for (const [expression, text] of Object.entries(expected))
    assert.equal(await program.text(expression), text, expression);
}

for (const options of builds) {
  const title = [options.compiler, ...(options.flags ?? [])].join(" ");

  test(`${title}: a virtual base class is read and set where the object has it`, () =>
    withProgram("bases", "BP2", options, async (program) => {
      await assertTexts(program, {
        before: "1",
        "dia.b": "1",
        "left->b": "1",
        "&dia.b == &base->b": "1",
        "dia.b = 77": "77",
        "dia.left": "21",
        "base->b": "77",
        "left->b += 1": "78",
        "dia.right + dia.dd": "45",
      });
      const members = await (await program.node("dia")).children?.();
      const first = members?.find(({ name }) => name === "Left");
      const inner = (await first?.children?.())?.find(({ name }) => name === "Base");
      const b = (await inner?.children?.())?.find(({ name }) => name === "b");
      assert.equal(b?.value, "78");
      assert.equal((await b?.assign?.("5"))?.value, "5");
      await assertTexts(program, { "base->b": "5", "dia.left": "21" });
    }));

  test(`${title}: a virtual base class that no vtable tells of is unreadable, and nothing is stored`, () =>
    withProgram("bases", "BP2", options, async (program) => {
      assert.match(await program.text("unmade->b"), /^<cannot read memory at 0xffffffffffff/);
      const held = await program.text("raw");
      for (const expression of ["unmade->b = 7", "&unmade->b", "unmade->b + 1"])
        await assert.rejects(
          program.text(expression),
          /^\w*Error: Cannot read memory at 0xffff\w+\.$/,
          expression,
        );
      assert.equal(await program.text("raw"), held);
    }));

  test(`${title}: a condition on a virtual base class holds where it should`, () =>
    withDebuggee("bases", options, async (live, marks) => {
      const source = [{ line: marks["LOOP"] ?? 0, condition: "walk->b == 2" }];
      live.debugger.setSourceBreakpoints(sourceOf("bases"), source);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("i"), "1");
    }));
}
