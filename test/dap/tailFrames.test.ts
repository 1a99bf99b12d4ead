import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

describe("functions that have left by a jump", () => {
  for (const compiler of ["gcc", "clang"])
    it(`by ${compiler}: are pale frames at their jump, which steps and pages go by`, () =>
      withDebuggee(
        "tailFrames",
        async (session) => {
          const { client } = session;
          await session.launchToStop({ breakpoints: ["LAST"] });
          const frames = await session.stack();
          const hints = frames.slice(0, 5).map(({ name, presentationHint }) => [name, presentationHint]);
          const pale = ["middle", "inlined", "first"].map((name) => [name, "subtle"]);
          assert.deepEqual(hints, [["last", undefined], ...pale, ["calls", undefined]]);
          const page = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
            threadId: 1,
            startFrame: 2,
            levels: 2,
          });
          assert.deepEqual(
            page.stackFrames.map(({ name, line }) => `${name}:${line}`),
            [`inlined:${session.line("INLINED")}`, `first:${session.line("FIRST")}`],
          );
          const memoryReference = frames[1]?.instructionPointerReference;
          const code = await client.request<DebugProtocol.DisassembleResponse["body"]>("disassemble", {
            memoryReference,
            instructionCount: 1,
          });
          assert.match(code?.instructions[0]?.instruction ?? "", /^jmp/);
          await session.resume("stepOut");
          assert.equal((await session.topFrame()).name, "calls");
        },
        { compiler, variant: "optimized" },
      ));
});
