import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("line breakpoints", () => {
  it("stop at every turn of a loop", () =>
    withDebuggee("loop", async (session) => {
      const first = await session.launchToStop({ breakpoints: ["BP1"] });
      assert.equal(first.reason, "breakpoint");
      assert.equal(first.hitBreakpointIds?.length, 1);
      for (let turn = 0; turn < 5; turn++) {
        assert.equal(await session.place(), `main:${session.line("BP1")}`);
        assert.equal(await session.evaluate("i"), String(turn));
        if (turn < 4) await session.resume("continue");
      }
      assert.equal(await session.runToEnd(), 0);
      assert.match(session.client.output(), /turn 4 total 10\ndone 10\n$/);
    }));

  it("move to the next line with code", () =>
    withDebuggee("loop", async (session) => {
      await session.client.initializeRequest();
      await session.client.request("launch", { program: session.program });
      const [comment, code, beyond] = await session.setBreakpoints([1, "BP1", 9999]);
      assert.equal(comment?.verified, true);
      assert.ok((comment?.line ?? 0) > 1);
      assert.equal(code?.line, session.line("BP1"));
      assert.equal(beyond?.verified, false);
      assert.ok(beyond?.message);
    }));

  it("do not go to a namesake of the file in a library (libc's debug information has a loop.c of 340 lines)", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const [beyond] = await session.setBreakpoints([250]);
      assert.equal(beyond?.verified, false, JSON.stringify(beyond));
      assert.equal(beyond?.message, "There is no code at line 250 or behind it.");
    }));

  it("in an unknown file are not verified, with a sentence", () =>
    withDebuggee("loop", async ({ client, program }) => {
      await client.initializeRequest();
      await client.request("launch", { program });
      const { breakpoints } = await client.request<DebugProtocol.SetBreakpointsResponse["body"]>(
        "setBreakpoints",
        {
          source: { path: "/no/such/file.c" },
          breakpoints: [{ line: 3 }],
        },
      );
      assert.equal(breakpoints[0]?.verified, false);
      assert.ok(breakpoints[0]?.message);
      assert.match(await client.refusal("setBreakpoints", { breakpoints: [] }), /"source.path" is missing/);
      assert.match(
        await client.refusal("setBreakpoints", { source: { path: "/x.c" }, breakpoints: [{ line: "7" }] }),
        /^"line" must be a whole number, not "7"\.$/,
      );
    }));

  it("can be set, changed and removed while the program runs", () =>
    withDebuggee("spin", async (session) => {
      await session.launch();
      await session.client.outputHas("spinning");
      const [set] = await session.setBreakpoints(["SPIN"]);
      assert.equal(set?.verified, true);
      assert.equal((await session.client.nextStop()).reason, "breakpoint");
      await session.setBreakpoints([]);
      await session.client.request("continue", { threadId: 1 });
      await session.client.request("pause", { threadId: 1 });
      assert.equal((await session.client.nextStop()).reason, "pause");
    }));

  it("keep their ids when the list is sent again", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const [one, two] = await session.setBreakpoints(["BP1", "BP2"]);
      const again = await session.setBreakpoints(["BP2", "BP1"]);
      assert.deepEqual(
        again.map((each) => each.id),
        [two?.id, one?.id],
      );
    }));

  it("tell where they can be", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const args = { source: { path: session.source }, line: 1, endLine: session.line("END") };
      const body = await session.client.request<DebugProtocol.BreakpointLocationsResponse["body"]>(
        "breakpointLocations",
        args,
      );
      const lines = body.breakpoints.map((each) => each.line);
      assert.ok(lines.includes(session.line("BP1")) && lines.includes(session.line("ADD")));
      assert.ok(!lines.includes(1));
    }));
});

describe("conditions", () => {
  it("stop only where they hold", () =>
    withDebuggee("loop", async (session) => {
      const line = session.line("BP1");
      await session.launchToStop({ breakpoints: [{ line, condition: "i == 3" }] });
      assert.equal(await session.evaluate("i"), "3");
      assert.equal(await session.runToEnd(), 0);
    }));

  it("may call functions, string literals among their arguments", async () => {
    for (const [condition, turns] of [
      ["even(number) && number > 14", ["16", "18"]],
      ['even(number) && strcmp(name, "main") == 0 && number == 8', ["8"]],
      ['(long)strlen(name) == 5 || (int)strcmp(name, "other") == 0', []],
    ] as const)
      await withDebuggee("callCondition", async (session) => {
        await session.launch({ breakpoints: [{ line: session.line("BP1"), condition }] });
        for (const turn of turns) {
          await session.client.nextStop();
          assert.equal(await session.evaluate("number"), turn, condition);
          await session.client.request("continue", { threadId: 1 });
        }
        assert.equal(await session.exitCode(), 0);
        const called = condition.startsWith("even") ? 20 : 0;
        assert.match(session.client.output(), new RegExp(`turns 20 calls ${called}\n`));
        assert.equal(session.client.output("important"), "");
      });
  });

  it("may call functions while other threads come to the same line", () =>
    withDebuggee("callCondition", async (session) => {
      const line = session.line("BP1");
      await session.launch({
        args: ["x"],
        breakpoints: [{ line, condition: "even(number) && number == 4" }],
      });
      for (let stops = 0; stops < 5; stops++) {
        const { threadId } = await session.client.nextStop();
        const { id } = await session.topFrame(threadId);
        assert.equal(await session.evaluate("number", "watch", id), "4");
        await session.client.request("continue", { threadId });
      }
      assert.equal(await session.exitCode(), 0);
      assert.match(session.client.output(), /turns 100 calls 100\n/);
      assert.equal(session.client.output("important"), "");
    }));

  it("whose call fails stop and say so; one that ends the program ends it", () =>
    withDebuggee("callCondition", async (session) => {
      const at = (condition: string) => [{ line: session.line("BP1"), condition }];
      await session.launchToStop({ breakpoints: at("crashes(number)") });
      assert.match(session.client.output("important"), /The call got SIGSEGV/);
      assert.equal(await session.evaluate("number"), "0");
      const { id } = await session.checkpoint();
      await session.setBreakpoints(at("ends(number)"));
      assert.equal(await session.runToExitPause(), "Exiting with code 7");
      await session.backTo(id);
      const { breakpoints } = await session.client.request<DebugProtocol.SetBreakpointsResponse["body"]>(
        "setBreakpoints",
        { source: { path: session.source }, breakpoints: at("number = 3") },
      );
      assert.equal(breakpoints[0]?.verified, false);
      assert.match(breakpoints[0]?.message ?? "", /^The condition "number = 3" would change the program/);
    }));

  it("that cannot be evaluated stop and say so", () =>
    withDebuggee("loop", async (session) => {
      const line = session.line("BP1");
      await session.launchToStop({ breakpoints: [{ line, condition: "nosuch > 3" }] });
      const told = session.client.output("console") + session.client.output("important");
      assert.match(told, /nosuch/);
    }));

  it("count hits", async () => {
    for (const [hitCondition, turns] of [
      ["3", ["2", "3", "4"]],
      [">= 4", ["3", "4"]],
      ["% 2", ["1", "3"]],
      ["== 2", ["1"]],
    ] as const)
      await withDebuggee("loop", async (session) => {
        const line = session.line("BP1");
        await session.launch({ breakpoints: [{ line, hitCondition }] });
        for (const turn of turns) {
          await session.client.nextStop();
          assert.equal(await session.evaluate("i"), turn, hitCondition);
          await session.client.request("continue", { threadId: 1 });
        }
        assert.equal(await session.exitCode(), 0);
      });
  });

  it("of a count that is none are refused at the breakpoint", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ stopOnEntry: true });
      const [wrong] = await session.setBreakpoints([{ line: session.line("BP1"), hitCondition: "often" }]);
      assert.equal(wrong?.verified, false);
      assert.match(wrong?.message ?? "", /often/);
    }));

  it("log instead of stopping", () =>
    withDebuggee("loop", async (session) => {
      const line = session.line("BP1");
      await session.launch({ breakpoints: [{ line, logMessage: "i is {i}, total {total + 1}" }] });
      assert.equal(await session.exitCode(), 0);
      const lines = [0, 1, 2, 3, 4].map((i) => `i is ${i}, total ${(i * (i - 1)) / 2 + 1}\n`);
      assert.equal(
        session.client.output("console").includes(lines.join("")),
        true,
        session.client.output("console"),
      );
    }));
});

describe("function breakpoints", () => {
  it("stop behind the prologue, arguments in place", () =>
    withDebuggee("loop", async (session) => {
      const stop = await session.launchToStop({ functions: [{ name: "add", condition: "right == 2" }] });
      assert.equal(stop.reason, "function breakpoint");
      assert.equal(await session.place(), `add:${session.line("ADD")}`);
      assert.equal(await session.evaluate("left"), "1");
      assert.equal(await session.evaluate("right"), "2");
    }));

  it("of an unknown name are not verified, with a sentence", () =>
    withDebuggee("loop", async ({ client, program }) => {
      await client.initializeRequest();
      await client.request("launch", { program });
      const { breakpoints } = await client.request<DebugProtocol.SetFunctionBreakpointsResponse["body"]>(
        "setFunctionBreakpoints",
        { breakpoints: [{ name: "no_such_function" }] },
      );
      assert.equal(breakpoints[0]?.verified, false);
      assert.match(breakpoints[0]?.message ?? "", /no_such_function/);
    }));

  it("work by name in a stripped program's libraries", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ functions: ["puts", "printf"] });
        assert.match((await session.topFrame()).name, /printf|puts/);
      },
      { variant: "stripped" },
    ));
});

describe("instruction breakpoints", () => {
  it("stop at an address", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { instructionPointerReference } = await session.topFrame();
      await session.setBreakpoints([]);
      const { breakpoints } = await session.client.request<DebugProtocol.SetBreakpointsResponse["body"]>(
        "setInstructionBreakpoints",
        { breakpoints: [{ instructionReference: instructionPointerReference, condition: "i == 2" }] },
      );
      assert.equal(breakpoints[0]?.verified, true);
      assert.equal((await session.resume("continue")).reason, "instruction breakpoint");
      assert.equal(await session.evaluate("i"), "2");
      const answer = await session.client.request<DebugProtocol.SetBreakpointsResponse["body"]>(
        "setInstructionBreakpoints",
        {
          breakpoints: [
            { instructionReference: "here" },
            { instructionReference: instructionPointerReference, condition: "i == 3" },
            { instructionReference: 7 },
            { instructionReference: instructionPointerReference, offset: 1.5 },
          ],
        },
      );
      assert.deepEqual(
        answer.breakpoints.map(({ verified, message }) => [verified, message]),
        [
          [false, '"here" is not the address of an instruction.'],
          [true, undefined],
          [false, '"instructionReference" must be a string, not 7.'],
          [false, '"offset" must be a whole number, not 1.5.'],
        ],
      );
      assert.equal((await session.resume("continue")).reason, "instruction breakpoint");
      assert.equal(await session.evaluate("i"), "3");
    }));
});
