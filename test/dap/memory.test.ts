import assert from "node:assert/strict";
import { isAbsolute } from "node:path";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

async function reference(session: DebuggeeSession, expression: string): Promise<string> {
  const { id: frameId } = await session.topFrame();
  const body = await session.client.request<DebugProtocol.EvaluateResponse["body"]>("evaluate", {
    expression,
    frameId,
    context: "watch",
  });
  return body.memoryReference ?? assert.fail(`${expression} has no memory reference`);
}

describe("readMemory and writeMemory", () => {
  it("move bytes", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const memoryReference = await reference(session, "&text[0]");
      const read = (args: object) =>
        session.client.request<DebugProtocol.ReadMemoryResponse["body"]>("readMemory", {
          memoryReference,
          ...args,
        });
      const first = await read({ count: 6 });
      assert.equal(Buffer.from(first?.data ?? "", "base64").toString(), "hello\0");
      assert.equal(first?.address, memoryReference);
      const data = Buffer.from("ELL").toString("base64");
      const written = await session.client.request("writeMemory", { memoryReference, offset: 1, data });
      assert.deepEqual(written, { bytesWritten: 3 });
      assert.match(await session.evaluate("text"), /"hELLo"/);
      assert.equal(
        Buffer.from((await read({ offset: 1, count: 3 }))?.data ?? "", "base64").toString(),
        "ELL",
      );
    }));

  it("tell what cannot be read or written", () =>
    withDebuggee("types", async (session) => {
      const { client } = session;
      await session.launchToStop({ breakpoints: ["BP1"] });
      assert.deepEqual(await client.request("readMemory", { memoryReference: "0x10", count: 8 }), {
        address: "0x10",
        data: "",
        unreadableBytes: 8,
      });
      assert.equal(
        await client.refusal("readMemory", { memoryReference: "rip", count: 8 }),
        '"rip" is not a memory address.',
      );
      assert.equal(
        await client.refusal("disassemble", { instructionCount: 8 }),
        '"memoryReference" must be a string, not missing.',
      );
      assert.equal(
        await client.refusal("readMemory", { memoryReference: "0x10", count: -1 }),
        '"count" must not be negative.',
      );
      assert.match(await client.refusal("writeMemory", { memoryReference: "0x10", data: "AAAA" }), /0x10/);
    }));

  it("write nothing of data that is not base64", () =>
    withDebuggee("types", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const memoryReference = await reference(session, "&text[0]");
      for (const data of ["!!!", "A", "AAA", "AA==AA==", "WF!laAA=", "AAAA\n", "QUJD="])
        assert.equal(
          await session.client.refusal("writeMemory", { memoryReference, data }),
          '"data" is not base64 in groups of four characters with = at the end: nothing was written.',
        );
      assert.match(await session.evaluate("text"), /"hello"/);
      assert.deepEqual(await session.client.request("writeMemory", { memoryReference, data: "" }), {
        bytesWritten: 0,
      });
    }));

  it("hide breakpoints", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { instructionPointerReference: memoryReference } = await session.topFrame();
      const read = () => session.client.request("readMemory", { memoryReference, count: 4 });
      const withTrap = await read();
      await session.setBreakpoints([]);
      assert.deepEqual(await read(), withTrap);
    }));
});

describe("disassemble", () => {
  it("is aligned backwards by the function, and names symbols and lines", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP2"] });
      const { instructionPointerReference: memoryReference } = await session.topFrame();
      const body = await session.client.request<DebugProtocol.DisassembleResponse["body"]>("disassemble", {
        memoryReference,
        instructionOffset: -60,
        instructionCount: 120,
        resolveSymbols: true,
      });
      const instructions = body?.instructions ?? [];
      assert.equal(instructions.length, 120);
      const position = instructions.findIndex((each) => each.address === memoryReference);
      assert.equal(position, 60);
      assert.equal(instructions[60]?.line, session.line("BP2"));
      for (const name of ["add", "main"])
        assert.ok(
          instructions.some((each) => each.symbol === name),
          name,
        );
      const start = instructions.findIndex((each) => each.symbol === "main");
      assert.match(instructions[start]?.instruction ?? "", /^(push rbp|endbr64)$/);
      assert.equal(instructions[start]?.location?.path ?? session.source, session.source);
      const calls = instructions.slice(start, position).filter((each) => each.instruction.startsWith("call"));
      assert.equal(calls.length, 1, "the call of add, between main and the breakpoint");
    }));

  it("names what instructions refer to, where symbols are wanted", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP2"] });
      const { instructionPointerReference: memoryReference } = await session.topFrame();
      const textsOf = async (more: object): Promise<string[]> => {
        const args = { memoryReference, instructionOffset: -20, instructionCount: 40, ...more };
        const body = await session.client.request<DebugProtocol.DisassembleResponse["body"]>(
          "disassemble",
          args,
        );
        return body?.instructions.map(({ instruction }) => instruction) ?? [];
      };
      const named = await textsOf({ resolveSymbols: true });
      for (const pattern of [
        /^call 0x[0-9a-f]+ <add>$/,
        /^call 0x[0-9a-f]+ <printf@plt>$/,
        /^jmp 0x[0-9a-f]+ <main\+\d+>$/,
        /^mov dword ptr \[rip \+ 0x[0-9a-f]+\], eax {2}# 0x[0-9a-f]+ <total>$/,
      ])
        assert.ok(
          named.some((text) => pattern.test(text)),
          `${pattern.source} in\n${named.join("\n")}`,
        );
      const [, total = ""] = /# (0x\w+) <total>/.exec(named.join()) ?? [];
      assert.equal(await session.evaluate("&total"), `${total} <total>`);
      assert.deepEqual(await textsOf({}), named, "they are wanted where the request does not say");
      const plain = named.map((text) => text.replace(/ ( #|<).*$/, "").trim());
      assert.deepEqual(await textsOf({ resolveSymbols: false }), plain);
    }));

  it("gives as many as were asked for, or refuses", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP2"] });
      const { instructionPointerReference: memoryReference } = await session.topFrame();
      const args = { memoryReference, instructionCount: 10_000 };
      const body = await session.client.request<DebugProtocol.DisassembleResponse["body"]>(
        "disassemble",
        args,
      );
      assert.equal(body?.instructions.length, 10_000);
      assert.equal(
        await session.client.refusal("disassemble", { memoryReference, instructionCount: 1e9 }),
        '"instructionCount" is more than 10000: ask for fewer at a time.',
      );
      assert.equal(
        await session.client.refusal("disassemble", { memoryReference, instructionCount: -1 }),
        '"instructionCount" must not be negative.',
      );
    }));

  it("works in a library and in stripped code", () =>
    withDebuggee(
      "loop",
      async (session) => {
        await session.launchToStop({ functions: ["printf"] });
        const { instructionPointerReference: memoryReference } = await session.topFrame();
        const body = await session.client.request<DebugProtocol.DisassembleResponse["body"]>("disassemble", {
          memoryReference,
          instructionOffset: -10,
          instructionCount: 30,
        });
        assert.equal(body?.instructions.length, 30);
        assert.equal(body?.instructions[10]?.address, memoryReference);
        assert.equal(
          body?.instructions.slice(10).every((each) => each.presentationHint !== "invalid"),
          true,
        );
      },
      { variant: "stripped" },
    ));
});

describe("modules and sources", () => {
  it("are listed as they load", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const told = session.client.log
        .filter((event) => event.event === "module")
        .map((event) => event.body.module.name);
      assert.ok(
        told.includes("loop") && told.some((name: string) => name.startsWith("libc.so")),
        told.join(),
      );
      const body = await session.client.request<DebugProtocol.ModulesResponse["body"]>("modules");
      assert.deepEqual(new Set(body.modules.map((each) => each.name)), new Set(told));
      const { sources } =
        await session.client.request<DebugProtocol.LoadedSourcesResponse["body"]>("loadedSources");
      assert.ok(sources.some((each) => each.path === session.source));
      const relative = sources.filter(({ path }) => path === undefined || !isAbsolute(path));
      assert.deepEqual(relative, []);
    }));
});
