/** Packed bit-fields, which compilers describe in several ways and which may take nine bytes. */
import assert from "node:assert/strict";
import test from "node:test";
import { sourceOf, type CompileOptions } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";
import { withProgram } from "./valuesProgram";

const builds: readonly CompileOptions[] = [
  { flags: ["-gdwarf-5"] },
  { flags: ["-gdwarf-3", "-gstrict-dwarf"] },
  { compiler: "clang", flags: ["-gdwarf-5"] },
  { compiler: "clang", flags: ["-gdwarf-4"] },
  { compiler: "clang", flags: ["-gdwarf-2"] },
];

for (const options of builds) {
  const title = [options.compiler ?? "gcc", ...(options.flags ?? [])].join(" ");

  test(`${title}: packed bit-fields are read and set, and what lies beside them stays`, () =>
    withProgram("packedFields", "BP1", options, async (program) => {
      assert.equal(await program.text("first"), "{c = 97 'a', x = 1152921504606846975, y = 74565}");
      assert.equal(await program.text("second"), "{a = 3, b = -5, c = 17}");
      assert.equal(await program.text("first.x = 0x123456789abcdef"), "81985529216486895");
      assert.equal(await program.text("first"), "{c = 97 'a', x = 81985529216486895, y = 74565}");
      const field = await program.node("second.b");
      const row = await field.assign?.("-2305843009213693952");
      assert.equal(row?.value, "-2305843009213693952");
      assert.equal(await program.text("second"), "{a = 3, b = -2305843009213693952, c = 17}");
      await assert.rejects(
        async () => field.assign?.("2305843009213693952"),
        /does not fit in a bit-field of 62/,
      );
      assert.equal(await program.text("second.b += 7, second"), "{a = 3, b = -2305843009213693945, c = 17}");
      const bytes = await program.text("*(unsigned char (*)[9])&second,x");
      assert.equal(bytes, "{0xe3, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0, 0x8c}");
    }));

  test(`${title}: a condition on a packed bit-field holds where it should`, () =>
    withDebuggee("packedFields", options, async (live, marks) => {
      const source = [{ line: marks["BP1"] ?? 0, condition: "second.b == 3 * 0x100000000000000 - 5" }];
      live.debugger.setSourceBreakpoints(sourceOf("packedFields"), source);
      await live.debugger.start();
      await live.stop();
      assert.equal(await live.value("i"), "3");
    }));
}
