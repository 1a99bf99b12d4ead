import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DebugProtocol } from "@vscode/debugprotocol";
import { withDebuggee, type DebuggeeSession } from "../helpers/session";

/** `name: type = value`, a line a row; addresses are masked. */
function table(rows: readonly DebugProtocol.Variable[]): string[] {
  return rows.map(
    ({ name, type, value }) => `${name}: ${type} = ${value.replaceAll(/0x[0-9a-f]{3,}/g, "0x..")}`,
  );
}

async function row(
  session: DebuggeeSession,
  name: string,
  scope = "Locals",
): Promise<DebugProtocol.Variable> {
  const found = (await session.scope(scope)).find((each) => each.name === name);
  assert.ok(found, `no ${name} in ${scope}`);
  return found;
}

async function children(session: DebuggeeSession, name: string, scope?: string): Promise<string[]> {
  return table(await session.variables((await row(session, name, scope)).variablesReference));
}

for (const compiler of ["gcc", "clang"])
  describe(`variables of every C type, by ${compiler}`, () => {
    const at = (body: (session: DebuggeeSession) => Promise<void>) => () =>
      withDebuggee(
        "types",
        async (session) => {
          await session.launchToStop({ breakpoints: ["BP1"] });
          await body(session);
        },
        { compiler },
      );

    it(
      "have their scopes",
      at(async ({ client }) => {
        const { stackFrames } = await client.request<DebugProtocol.StackTraceResponse["body"]>("stackTrace", {
          threadId: 1,
        });
        const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
          frameId: stackFrames[0]?.id,
        });
        assert.deepEqual(
          scopes.map((each) => each.name),
          ["Arguments", "Locals", "Statics", "Registers"],
        );
        assert.equal(
          scopes.every((each) => each.variablesReference > 0),
          true,
        );
      }),
    );

    it(
      "show scalars",
      at(async (session) => {
        const shown = table(await session.scope("Locals"));
        const unsignedLong = compiler === "gcc" ? "long long unsigned int" : "unsigned long long";
        for (const line of [
          "yes: _Bool = true",
          "letter: char = 120 'x'",
          "small: signed char = -3",
          "whole: int = -42",
          "single: float = 1.5",
          "real: double = 3.25",
          "extended: long double = 2.5",
          "color: enum color = GREEN",
          `biggest: ${unsignedLong} = 18446744073709551615`,
        ])
          assert.ok(
            shown.some((each) => each.startsWith(line)),
            `${line} is not in\n${shown.join("\n")}`,
          );
      }),
    );

    it(
      "show structs, bit-fields, unions and anonymous members",
      at(async (session) => {
        assert.deepEqual(await children(session, "here"), ["x: int = 3", "y: int = 4"]);
        const bits = (await children(session, "bits")).map((line) => line.replace(/: .* = /, " = "));
        assert.deepEqual(bits, ["ready = 1", "mode = 5", "level = -7", `wide = ${0x123456789a}`]);
        const number = await children(session, "u");
        assert.ok(
          number.includes("integer: int = 1065353216") && number.includes("real: float = 1"),
          number.join(),
        );
        const nested = await children(session, "nested");
        assert.ok(nested.some((line) => line.startsWith("color: enum color = BLUE")));
        assert.equal(await session.evaluate("nested.as_int"), "65");
        assert.equal(await session.evaluate("nested.next->next->corner.y"), "8");
      }),
    );

    it(
      "page through arrays",
      at(async (session) => {
        const numbers = await row(session, "numbers");
        assert.equal(numbers.indexedVariables, 200);
        const page = await session.variables(numbers.variablesReference, {
          filter: "indexed",
          start: 150,
          count: 3,
        });
        assert.deepEqual(table(page), ["[150]: int = 300", "[151]: int = 302", "[152]: int = 304"]);
        const matrix = await session.variables((await row(session, "matrix")).variablesReference);
        assert.equal(matrix.length, 2);
        const second = await session.variables(matrix[1]?.variablesReference ?? 0);
        assert.deepEqual(table(second), ["[0]: int = 3", "[1]: int = 4"]);
      }),
    );

    it(
      "show strings, pointers and function pointers",
      at(async (session) => {
        assert.match((await row(session, "pointer")).value, /^0x[0-9a-f]+ "a string"$/);
        assert.match((await row(session, "text")).value, /^"hello"/);
        assert.match((await row(session, "function")).value, /multiply/);
        assert.match((await row(session, "nothing")).value, /^0x0$|^NULL$/i);
        const [target] = await session.variables((await row(session, "pointer_to_int")).variablesReference);
        assert.equal(target?.value, "-42");
      }),
    );

    it(
      "show arguments, statics and globals",
      at(async (session) => {
        assert.equal((await row(session, "argc", "Arguments")).value, "1");
        const statics = table(await session.scope("Statics"));
        assert.ok(
          statics.some((line) => line.startsWith("global_counter: int = 42")),
          statics.join("\n"),
        );
        assert.equal(await session.evaluate("calls"), "7");
        assert.equal(await session.evaluate("grid[1][2]"), "6");
      }),
    );

    it(
      "show registers",
      at(async (session) => {
        const names = (await session.scope("Registers")).map((each) => each.name);
        const flat = JSON.stringify(names);
        assert.ok(/rip|General/i.test(flat), flat);
        assert.match(await session.evaluate("$rip"), /0x[0-9a-f]+/);
      }),
    );

    it(
      "can be set, by row and by expression",
      at(async (session) => {
        const { client } = session;
        const frame = await session.topFrame();
        const { scopes } = await client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
          frameId: frame.id,
        });
        const locals = scopes.find((each) => each.name === "Locals")?.variablesReference;
        const set = (name: string, value: string, variablesReference = locals) =>
          client.request<DebugProtocol.SetVariableResponse["body"]>("setVariable", {
            variablesReference,
            name,
            value,
          });
        assert.equal((await set("whole", "natural > 5 ? 77 : 1")).value, "77");
        assert.equal(await session.evaluate("*pointer_to_int"), "77");
        assert.match((await set("color", "BLUE")).value, /BLUE/);
        assert.equal((await set("real", "0.5")).value, "0.5");
        const here = await row(session, "here");
        await session.variables(here.variablesReference);
        assert.equal((await set("y", "-1", here.variablesReference)).value, "-1");
        const bits = await row(session, "bits");
        await session.variables(bits.variablesReference);
        assert.equal((await set("level", "7", bits.variablesReference)).value, "7");
        assert.equal(await session.evaluate("bits.mode"), "5", "its neighbours stay");
        const body = await client.request<DebugProtocol.SetExpressionResponse["body"]>("setExpression", {
          expression: "numbers[10]",
          value: "1 << 4",
          frameId: frame.id,
        });
        assert.equal(body.value, "16");
        assert.equal(await session.evaluate("numbers[10]"), "16");
        assert.match(
          await client.refusal("setVariable", { variablesReference: locals, name: "whole", value: "nosuch" }),
          /nosuch/,
        );
        assert.equal(
          await client.refusal("setVariable", { variablesReference: locals, name: "nosuch", value: "1" }),
          "There is no variable nosuch here.",
        );
        const constant = { expression: "whole + 1", value: "1", frameId: frame.id };
        assert.equal(
          await client.refusal("setExpression", constant),
          "whole + 1 is a constant here, without a place to store a value in.",
        );
      }),
    );
  });

describe("a variable-length array", () => {
  for (const compiler of ["gcc", "clang"])
    it(`has its length, by ${compiler}`, () =>
      withDebuggee(
        "types",
        async (session) => {
          await session.launchToStop({ breakpoints: ["VLA"] });
          const lengths = await row(session, "lengths");
          assert.equal(lengths.indexedVariables, 6);
          const rows = await session.variables(lengths.variablesReference);
          assert.deepEqual(
            rows.map((each) => each.value),
            ["0", "1", "4", "9", "16", "25"],
          );
        },
        { compiler },
      ));
});

describe("handles of one stop", () => {
  it("mean nothing after the next", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const frame = await session.topFrame();
      const { scopes } = await session.client.request<DebugProtocol.ScopesResponse["body"]>("scopes", {
        frameId: frame.id,
      });
      await session.resume("next");
      const args = { variablesReference: scopes[0]?.variablesReference ?? 1 };
      assert.match(await session.client.refusal("variables", args), /are not of this stop/);
      assert.match(await session.client.refusal("scopes", { frameId: frame.id }), /is not of this stop/);
    }));

  it("lead to what a restart came back to, where the same function stands there", () =>
    withDebuggee("loop", async (session) => {
      await session.launchToStop({ breakpoints: ["BP1"] });
      const { id } = await session.checkpoint();
      await session.resume("stepIn");
      const [inner, outer] = await session.stack();
      await session.backTo(id);
      assert.match(await session.client.refusal("scopes", { frameId: inner?.id }), /is not of this stop/);
      assert.match(await session.client.refusal("scopes", { frameId: outer?.id }), /is not of this stop/);
      const { id: frame } = await session.topFrame();
      await session.resume("next");
      assert.match(await session.client.refusal("scopes", { frameId: frame }), /is not of this stop/);
      const { id: last } = await session.topFrame();
      await session.backTo(id);
      const [i] = await session.scope("Locals", last);
      assert.equal(`${i?.name} ${i?.value}`, "i 0");
      await session.resume("next");
      await session.backTo(id);
      assert.match(await session.client.refusal("scopes", { frameId: last }), /is not of this stop/);
    }));
});

describe("optimized variables", () => {
  it("that are pointers lead to what is known", () =>
    withDebuggee(
      "implicit",
      async (session) => {
        await session.launchToStop({ breakpoints: ["BP1"] });
        assert.equal(await session.evaluate("*where"), "3");
        assert.equal(await session.evaluate("where[0] + 1"), "4");
        assert.equal(await session.evaluate("both->second"), "10");
        assert.equal(await session.evaluate("text[1]"), "111 'o'");
        const rows = await session.scope("Arguments");
        const both = rows.find((each) => each.name === "both");
        const members = await session.variables(both?.variablesReference ?? 0);
        assert.deepEqual(
          members.map(({ name, value }) => `${name} ${value}`),
          ["first 0", "second 10"],
        );
      },
      { compiler: "gcc", variant: "optimized" },
    ));

  for (const compiler of ["gcc", "clang"])
    it(`by ${compiler} say what they are, or that they are optimized out`, () =>
      withDebuggee(
        "optimized",
        async (session) => {
          await session.launchToStop({ breakpoints: ["BP2"] });
          const rows = [...(await session.scope("Arguments")), ...(await session.scope("Locals"))];
          const value = (name: string) => rows.find((each) => each.name === name)?.value;
          assert.match(value("unused") ?? "", /^(99|<optimized out>)$/);
          assert.match(value("first") ?? "", /^(9|<optimized out>)$/);
          assert.match(value("a") ?? "", /^(3|<optimized out>)$/);
        },
        { compiler, variant: "optimized" },
      ));
});
