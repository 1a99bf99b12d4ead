/** Variables with an address of their own, in comparisons: which file, function or part of the program each is of. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sourceOf } from "../helpers/compile";
import { withDebuggee } from "../helpers/session";
import { compare, line } from "./comparing";

describe("comparing", () => {
  it("tells C++ globals of another file, each by its place: two files have one of the same name", () =>
    withDebuggee(
      "scopes",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BEFORE"] });
        await session.checkpoint();
        await session.setBreakpoints(["AFTER"]);
        await session.resume("continue");
        const { changes } = await compare(session, 1);
        assert.deepEqual(changes.map(line).sort(), [
          "Globals: int counter 5 -> 6",
          "Globals: int counter 7 -> 8",
          "Globals: int nameless 20 -> 21",
          "Globals: int same 30 -> 31",
          "Globals: long int made 3 -> 4",
        ]);
      },
      { with: ["scopesOther"], headers: [sourceOf("scopes.h")] },
    ));

  it("tells static variables that the linker has numbered", () =>
    withDebuggee(
      "linkTime",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BUMP"] });
        await session.checkpoint();
        await session.setBreakpoints(["AFTER"]);
        await session.resume("continue");
        const globals = (await compare(session, 1)).changes.map(line).filter((row) => /^Globals/.test(row));
        assert.deepEqual(globals.sort(), [
          "Globals: volatile int counter 1 -> 10",
          "Globals: volatile int counter 7 -> 9",
        ]);
      },
      { flags: ["-O1", "-flto", "-flto-partition=max"], with: ["linkTimeOther"] },
    ));

  for (const options of [
    {},
    { flags: ["-O2"] },
    { compiler: "clang" },
    { compiler: "clang", flags: ["-O2"] },
    { compiler: "g++", flags: ["-xc++"] },
    { compiler: "clang++", flags: ["-xc++"] },
  ] as const)
    it(`tells static variables of functions that have returned (${JSON.stringify(options)})`, () =>
      withDebuggee(
        "functionStatics",
        async (session) => {
          await session.launchToStop({ breakpoints: ["BEFORE"] });
          await session.checkpoint();
          await session.setBreakpoints(["AFTER"]);
          await session.resume("continue");
          const rows = (await compare(session, 1)).changes.map(line).filter((row) => /^Statics/.test(row));
          assert.deepEqual(rows.sort(), [
            "Statics of first: volatile int calls 1 -> 2",
            "Statics of first: volatile int other 50 -> 55",
            "Statics of inlined: volatile int calls 300 -> 303",
            "Statics of second: volatile int calls 70 -> 77",
          ]);
        },
        options,
      ));
});
