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
        "&dia.b == &base->b": "true",
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
      assert.equal(await program.text(b?.evaluateName ?? ""), "78");
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

  test(`${title}: pointers to a class and to its bases are converted as in C++`, () =>
    withProgram("bases", "BP2", options, async (program) => {
      await assertTexts(program, {
        "(long)(Other *)&der - (long)&der": "16",
        "((Other *)&der)->o": "2",
        "(Der *)other == &der": "true",
        "((Der *)other)->d": "3",
        "((Base *)(Der *)other)->b": "1",
        "other == &der": "true",
        "&der != other": "false",
        "takes(&der)": "2",
        "refers(der)": "2",
        "refers(both)": "2",
        "none == nothing": "true",
        "(long)(Other *)nothing": "0",
        "(long)(Der *)none": "0",
        "((Base *)left)->b": "1",
        "((Right *)&dia)->right": "22",
        "(Base *)&dia == base": "true",
        "other = &both, other->o": "2",
        "(long)other - (long)&both": "16",
        "((Twice *)other)->twice": "24",
        "none = nothing, (long)none": "0",
        "base = left, base == (Base *)&dia": "true",
      });
      const rows = await (await program.node("der")).children?.();
      const second = rows?.find(({ name }) => name === "Other");
      assert.match(await program.text(second?.evaluateName ?? ""), /o = 2}$/);
      await assert.rejects(
        program.text("(Left *)base"),
        /Base \* cannot be converted to .*: the base class is a virtual one\.$/,
      );
      await assert.rejects(program.text("(Base *)&both"), /: the base class is there more than once\.$/);
      await assert.rejects(program.text("base = unmade"), /Cannot read memory at/);
    }));

  test(`${title}: a condition converts pointers to classes as the evaluator does`, () =>
    withDebuggee("bases", options, async (live, marks) => {
      const condition = "i == 2 && ((Other *)der)->o == 2 && (Other *)der != (Other *)(long)der";
      live.debugger.setSourceBreakpoints(sourceOf("bases"), [{ line: marks["LOOP"] ?? 0, condition }]);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("i"), "2");
    }));

  test(`${title}: a pointer to a member shows where the member is`, () =>
    withProgram("bases", "BP2", options, async (program) => {
      await assertTexts(program, {
        data: "28 <Der::d>",
        inherited: "24 <Other::o>",
        unset: "NULL",
        through: "virtual, at 16 in the vtable",
        "sizeof(data)": "8",
        "sizeof(function)": "16",
        behind: "-1",
        "data = inherited": "24 <Other::o>",
      });
      assert.match(await program.text("function"), /^0x[0-9a-f]+ <Der::plain(\(int\))?>$/);
      assert.equal((await program.node("data")).typeName, "int Der::*");
      assert.match((await program.node("function")).typeName, /^int \(Der::\*\)\(.*int\)$/);
      assert.equal(await program.text("unset"), "NULL");
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
