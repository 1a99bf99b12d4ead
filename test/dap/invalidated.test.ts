/** Frames after somebody has set a register, or memory that frames depend on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

const hearing = { client: { supportsInvalidatedEvent: true } };

async function heard(session: DebuggeeSession): Promise<void> {
  const event = await session.client.event<DebugProtocol.InvalidatedEvent>("invalidated");
  assert.deepEqual(event.body, { areas: ["stacks", "variables"] });
}

/** How many times the client has been told, when all that is under way has come. */
async function times(session: DebuggeeSession): Promise<number> {
  for (let round = 0; round < 3; round++) await session.client.request("threads");
  return session.client.story().match(/^invalidated /gm)?.length ?? 0;
}

async function names(session: DebuggeeSession): Promise<string[]> {
  return (await session.stack()).map(({ name }) => name);
}

/** Sets the instruction pointer to the beginning of `add` in each way that a client has. */
const ways: Record<string, (session: DebuggeeSession) => Promise<unknown>> = {
  evaluate: (session) => session.evaluate("$rip = (long)add", "repl"),
  "evaluate by another name": (session) => session.evaluate("$pc = (long)add", "watch"),
  async setExpression(session) {
    const { id: frameId } = await session.topFrame();
    await session.client.request("setExpression", { expression: "$rip", value: "(long)add", frameId });
  },
  async setVariable(session) {
    const [general] = await session.scope("Registers");
    const { variablesReference } = general ?? assert.fail("There are no registers.");
    await session.client.request("setVariable", { variablesReference, name: "rip", value: "(long)add" });
  },
};

describe("a register that is set", () => {
  for (const [way, set] of Object.entries(ways))
    it(`is seen in the stack and told of: ${way}`, () =>
      withDebuggee("loop", async (session) => {
        await session.launchToStop({ ...hearing, breakpoints: ["BP1"] });
        assert.deepEqual((await names(session)).slice(0, 1), ["main"]);
        await set(session);
        await heard(session);
        assert.equal((await names(session))[0], "add");
        const locals = await session.scope("Arguments");
        assert.deepEqual(
          locals.map(({ name }) => name),
          ["left", "right"],
        );
        const checkpoint = await session.checkpoint();
        assert.equal(checkpoint.functionName, "add");
        assert.equal(checkpoint.line, session.line("ADD") - 1);
        assert.equal(await times(session), 1);
      }));

  it("leaves the handles that a client holds usable", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ ...hearing, breakpoints: ["ADD"] });
      const [inner, outer] = await session.stack();
      const { scopes } = await session.client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
        frameId: outer?.id,
      });
      const reference = scopes.find(({ name }) => name === "Locals")?.variablesReference ?? 0;
      const before = await session.variables(reference);
      await session.evaluate("$rip = $rip + 0", "repl", inner?.id);
      await heard(session);
      assert.deepEqual(await session.variables(reference), before);
      assert.equal(await session.evaluate("turns", "watch", outer?.id), "5");
      assert.equal(await session.evaluate("left", "watch", inner?.id), "0");
    }));

  it("is seen by a client that cannot be told, too", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      assert.deepEqual((await names(session)).slice(0, 1), ["main"]);
      await session.evaluate("$rip = (long)add", "repl");
      assert.equal((await names(session))[0], "add");
      assert.equal(await times(session), 0);
    }));

  it("may lead nowhere, and be set back", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ ...hearing, breakpoints: ["BASE"] });
      const before = await names(session);
      for (const register of ["$rbp", "$rsp", "$rip"]) {
        const value = await session.evaluate(register);
        await session.evaluate(`${register} = 8`, "repl");
        await heard(session);
        // The frame hangs on the frame pointer: the stack pointer alone moves nothing.
        if (register === "$rsp") assert.deepEqual(await names(session), before);
        else assert.notDeepEqual(await names(session), before, register);
        await session.evaluate(`${register} = ${value.split(" ")[0] ?? ""}`, "repl");
        await heard(session);
        assert.deepEqual(await names(session), before, register);
      }
      assert.equal(await session.evaluate("n"), "1");
    }));
});

describe("memory that is set", () => {
  it("is told of where a frame was saved in it, and nowhere else", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ ...hearing, breakpoints: ["BASE"] });
      const before = await names(session);
      assert.equal(before.filter((name) => name === "factorial").length, 5);
      await session.evaluate("n = 1", "repl");
      await session.evaluate("*(int *)($rsp - 64) = 1", "repl");
      assert.equal(await times(session), 0);
      const returnAddress = await session.evaluate("*(long *)($rbp + 8)");
      await session.evaluate("*(long *)($rbp + 8) = (long)depth + 1", "repl");
      await heard(session);
      assert.deepEqual(await names(session).then((list) => list.slice(0, 2)), ["factorial", "depth"]);
      await session.evaluate(`*(long *)($rbp + 8) = ${returnAddress}`, "repl");
      await heard(session);
      assert.deepEqual(await names(session), before);
    }));

  it("is seen where a client writes bytes of it", () =>
    withDebuggee("recursion", async (session) => {
      await session.launchToStop({ ...hearing, breakpoints: ["BASE"] });
      const before = await names(session);
      const memoryReference = (await session.evaluate("$rbp")).split(" ")[0];
      const data = Buffer.alloc(8).toString("base64");
      await session.client.request("writeMemory", { memoryReference, offset: 8, data });
      await heard(session);
      assert.ok((await names(session)).length < before.length);
    }));
});
