/** Expressions that C++ understands otherwise than a first look would. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markers, sourceOf } from "../helpers/compile";
import { withDebuggee } from "./liveDebugger";

const inMain: Readonly<Record<string, string>> = {
  "Name::value": "10",
  "stated(1)": "1001",
  "doubled('a')": "-62 '\\302'",
  "doubled(1L)": "2",
  "through(2)": "4",
  "through(real)": "3",
  "repeated<10>(2)": "20",
  "::global(1)": "3",
  "left::sided(1)": "1",
  "by_reference(real)": "2",
  "by_reference(letter)": "240",
  "level < Level::high": "true",
  "level == 3": "false",
  "level == Level::low": "true",
  "bits & Bits::a": "true",
  "!bits": "true",
  "plain & two": "0",
  "colours::red": "red",
  "(int)either": "3",
  "counter + 1": "6",
  "-counter": "-5",
  "array[(Counter *)0 == nullptr ? 1 : 0]": "20",
  "counter == 5 && yes": "true",
  "counter ? 1 : 2": "1",
  "sizeof(counter + 1)": "4",
  "plain == one ? 1 : counter + 1": "1",
  "plain == two ? true : false": "false",
  "counter.made('b')": "1",
  "counter.chosen(2)": "1",
  "counter.chosen(&array[1])": "2",
};

const missing = (what: string): RegExp =>
  new RegExp(`^There is no ${what.replace(/[()*+]/g, "\\$&")} in this program; `);

const refused: Readonly<Record<string, RegExp>> = {
  "through(single)": missing("through(float)"),
  "through(letter)": missing("through(char)"),
  "doubled(many)": missing("doubled(unsigned int)"),
  "doubled(1)": missing("doubled(int)"),
  "repeated(2)": /^No symbol "repeated" in this context\.$/,
  "sided(1)": /^No symbol "sided" in this context\.$/,
  "(double)either": missing("operator double of Two"),
  "either + 1": missing("operator + for Two and int"),
  "counter.made(1)": missing("Counter::made(int)"),
};

for (const compiler of ["g++", "clang++"])
  test(`names, templates, enumerations and conversions mean what they do in C++, by ${compiler}`, () =>
    withDebuggee(
      "meanings",
      { compiler, flags: ["-std=c++17"], with: ["meaningsOther"] },
      async (live, marks) => {
        live.breakAt(
          "meanings",
          ["METHOD", "INSIDE", "MAIN"].map((mark) => marks[mark] ?? 0),
        );
        live.breakAt("meaningsOther", [markers("meaningsOther")["OTHER"] ?? 0]);
        await live.debugger.start();
        const found: Record<string, string> = {};
        for (let stops = 0; stops < 3; stops++) {
          await (stops === 0 ? live.stop() : live.continue());
          const name = live.frame().functionName;
          found[name] = await live.value(name === "other_file" ? "stated(1)" : "Name::value");
        }
        assert.deepEqual(found, { "Holder::method": "40", "outer::inside": "30", other_file: "2001" });
        await live.continue();
        for (const [expression, value] of Object.entries(inMain))
          assert.equal(await live.value(expression), value, expression);
        for (const [expression, sentence] of Object.entries(refused))
          await assert.rejects(live.value(expression), { message: sentence }, expression);
      },
    ));

for (const condition of ["bits & Bits::a", "!bits", "level < Level::high", "sizeof(plain == one) == 1"])
  test(`the condition ${condition} holds as the expression does`, () =>
    withDebuggee(
      "meanings",
      { compiler: "g++", flags: ["-std=c++17"], with: ["meaningsOther"] },
      async (live, marks) => {
        live.debugger.setSourceBreakpoints(sourceOf("meanings"), [{ line: marks["MAIN"] ?? 0, condition }]);
        await live.debugger.start();
        assert.equal((await live.stop()).reason, "breakpoint");
      },
    ));
