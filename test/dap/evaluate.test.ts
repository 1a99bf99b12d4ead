import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("evaluate", () => {
  it("computes in C", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      for (const [expression, result] of [
        ["whole + 2 * brief", "-2510"],
        ["here.x == 3 && numbers[3] > 5", "1"],
        ["sizeof(struct point)", "8"],
        ["(char)65", "65 'A'"],
        ["*&numbers[7]", "14"],
        ["natural > whole", "0"],
        ["(long)natural > whole", "1"],
        ["-7 / 2", "-3"],
        ["grid[0][1] + 0.5", "2.5"],
        ["nested.color == BLUE", "1"],
        ["whole,x", "0xffffffd6"],
      ] as const)
        assert.equal(await session.evaluate(expression), result, expression);
    }));

  it("calls the program's functions, with side effects, outside of hover", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      assert.equal(await session.evaluate("multiply(6, whole)", "repl"), "-252");
      assert.equal(await session.evaluate("function(3, 4)", "watch"), "12");
      assert.equal(await session.evaluate('(long)strlen("forkpoint")', "repl"), "9");
      const { id: frameId } = await session.topFrame();
      for (const expression of ["multiply(2, 3)", "whole = 1", "whole++"])
        assert.notEqual(
          await session.client.refusal("evaluate", { expression, frameId, context: "hover" }),
          "",
        );
      assert.equal(await session.evaluate("whole", "hover"), "-42");
      assert.equal(await session.evaluate("whole = 8", "repl"), "8");
      assert.equal(await session.evaluate("whole", "hover"), "8");
    }));

  it("prints what a called function prints", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      await session.evaluate('(int)puts("from the console")', "repl");
      await session.client.outputHas("from the console\n");
      await session.setBreakpoints([]);
      assert.equal(await session.runToEnd(), 0);
    }));

  it("answers mistakes with a sentence, and the session goes on", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { id: frameId } = await session.topFrame();
      for (const expression of [
        "nosuch",
        "total +",
        "(",
        "*total",
        "total.x",
        "1 / 0",
        "*(int *)0",
        "",
        "\u{1F374}",
      ]) {
        const sentence = await session.client
          .refusal("evaluate", { expression, frameId, context: "watch" })
          .catch(
            // Unreadable memory may be told in the value.
            async () => session.evaluate(expression),
          );
        assert.match(sentence, /\S/, expression);
        assert.doesNotMatch(sentence, /failed inside|undefined|Error:/, expression);
      }
      assert.equal(await session.evaluate("total"), "0");
    }));

  it("gives children and a memory reference", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { id: frameId } = await session.topFrame();
      const body = await session.client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", {
        expression: "&here",
        frameId,
        context: "watch",
      });
      assert.match(body.memoryReference ?? "", /^0x[0-9a-f]+$/);
      assert.ok(body.variablesReference > 0);
    }));
});

describe("completions", () => {
  it("offer commands and what is in scope", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { id: frameId } = await session.topFrame();
      const offered = async (text: string) => {
        const args = { text, column: text.length + 1, frameId };
        const body = await session.client.request<DebugProtocol.CompletionsResponse["body"]>(
          "completions",
          args,
        );
        return body.targets;
      };
      assert.deepEqual(
        (await offered("checkp")).map((each) => each.label),
        ["checkpoint"],
      );
      const [info] = await offered("inf");
      assert.deepEqual([info?.label, info?.start, info?.length], ["info checkpoints", 1, 3]);
      assert.ok((await offered("1 + nat")).some((each) => each.label === "natural" && each.start === 5));
      assert.ok((await offered("nested.cor")).some((each) => each.label === "corner"));
    }));
});
