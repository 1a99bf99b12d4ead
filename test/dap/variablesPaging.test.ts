import assert from "node:assert/strict";
import { test } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee } from "../helpers/session";

test("variables gives the children of the kind, and the part, that is asked for", () =>
  withDebuggee("types", async (session) => {
    await session.launchToStop({ breakpoints: ["BP1"] });
    const locals = await session.scope("Locals");
    const names = async (of: string, page: Partial<DebugProtocol.VariablesArguments>) => {
      const reference = locals.find(({ name }) => name === of)?.variablesReference ?? 0;
      return (await session.variables(reference, page)).map(({ name }) => name);
    };
    assert.deepEqual(await names("numbers", { filter: "named" }), []);
    assert.deepEqual(await names("numbers", { filter: "indexed", start: 198 }), ["[198]", "[199]"]);
    assert.deepEqual(await names("numbers", { start: 198, count: 0 }), ["[198]", "[199]"]);
    assert.deepEqual(await names("numbers", { start: 7, count: 2 }), ["[7]", "[8]"]);
    assert.deepEqual(await names("numbers", { start: 200 }), []);
    const members = await names("here", {});
    assert.ok(members.length > 1);
    assert.deepEqual(await names("here", { filter: "named", count: 0 }), members);
    assert.deepEqual(await names("here", { filter: "indexed" }), []);
    assert.deepEqual(await names("here", { filter: "named", start: 1 }), members.slice(1));
    assert.deepEqual(await names("pointer_to_int", { start: 1 }), []);
  }));
