/** Stops where C++ throws and catches, and where Rust panics, by DAP's exception breakpoints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

function stopOn({ client }: DebuggeeSession, ...filters: string[]): Promise<unknown> {
  return client.request("setExceptionBreakpoints", { filters });
}

/** Goes on to the next exception; gives what the stop and exceptionInfo say, and the innermost frame of the program's own. */
async function nextException(session: DebuggeeSession): Promise<string[]> {
  const { reason, description = "", threadId = 1 } = await session.resume("continue");
  const info = await session.client.request<DebugProtocol.ExceptionInfoResponse["body"]>("exceptionInfo", {
    threadId,
  });
  const own = (await session.stack(threadId)).find(({ source }) => source?.path === session.source);
  assert.equal(info.description, description);
  return [reason, description, info.exceptionId, `${own?.name}:${own?.line}`];
}

test("a client learns what it can stop on", () =>
  withDebuggee("exceptions", async ({ client }) => {
    const { exceptionBreakpointFilters = [] } = (await client.introduce()) as DebugProtocol.Capabilities;
    assert.deepEqual(
      exceptionBreakpointFilters.map(({ filter, label }) => `${filter} ${label}`),
      ["cpp_throw C++: on throw", "cpp_catch C++: on catch", "rust_panic Rust: on panic"],
    );
  }));

for (const compiler of ["g++", "clang++"])
  for (const flags of [[], ["-static"]])
    test(`C++ exceptions stop where they are thrown and caught (${compiler} ${flags.join("")})`, () =>
      withDebuggee(
        "exceptions",
        async (session) => {
          const at = (marker: string): string => `fail:${session.line(marker)}`;
          await session.launchToStop({ breakpoints: ["START"] });
          await stopOn(session, "cpp_throw");
          const thrown = "C++ exception thrown";
          const failure = "lib::Failure";
          assert.deepEqual(await nextException(session), [
            "exception",
            `${thrown}: ${failure}`,
            failure,
            at("CLASS"),
          ]);
          const { id } = await session.checkpoint();
          await stopOn(session, "cpp_throw", "cpp_catch");
          const caught = await nextException(session);
          assert.deepEqual(caught.slice(0, 3), ["exception", `C++ exception caught: ${failure}`, failure]);
          assert.match(caught[3] ?? "", /^main:/);
          await stopOn(session, "cpp_throw");
          const number = ["exception", `${thrown}: int`, "int", at("NUMBER")];
          assert.deepEqual(await nextException(session), number);
          await session.backTo(id);
          assert.deepEqual(await nextException(session), number);
          await stopOn(session);
          assert.equal(await session.runToExitPause(), "Exiting with code 0");
        },
        { compiler, flags },
      ));

test("a panic stops with its stack", () =>
  withDebuggee(
    "panics",
    async (session) => {
      await session.launchToStop({ breakpoints: ["START"] });
      await stopOn(session, "rust_panic");
      const [reason, description, , place] = await nextException(session);
      assert.deepEqual(
        [reason, description, place],
        ["exception", "Rust panic", `panics::divide:${session.line("PANIC")}`],
      );
      assert.match(session.client.output(), /nothing to divide by/);
      const own = new Set<string | undefined>();
      for (const { source, presentationHint } of await session.stack())
        if (/^\/rustc\/|\/rustc-.*\/library\//.test(source?.path ?? ""))
          assert.equal(source?.presentationHint, "deemphasize");
        else if (presentationHint === undefined) own.add(source?.path);
      assert.deepEqual(
        [...own],
        [session.source],
        "only frames of the program's own source are in full sight",
      );
    },
    { compiler: "rustc" },
  ));

test("a filter that is not there is told of, with those that are", () =>
  withDebuggee("exceptions", async (session) => {
    await session.launchToStop({ breakpoints: ["START"] });
    assert.equal(
      await session.client.refusal("setExceptionBreakpoints", { filters: ["any"] }),
      'There is no exception filter "any", there are cpp_throw, cpp_catch, rust_panic; every signal but the routine ones stops without one.',
    );
    assert.equal(
      await session.client.refusal("exceptionInfo", { threadId: 1 }),
      "The program did not stop for a signal or an exception.",
    );
  }));
