/** Values of every C type as text, against GDB on the same programs. */
import assert from "node:assert/strict";
import test from "node:test";
import type { CompileOptions } from "../helpers/compile";
import { comparable, gdbAnswers } from "./valuesGdb";
import { withProgram } from "./valuesProgram";

const shown = [
  ..."yes no letter newline quote high small byte brief word whole natural big biggest single real tiny large".split(
    " ",
  ),
  ..."infinite zero extended z here alias qualified *qualified u.integer u.real bits head tail *head.next".split(
    " ",
  ),
  ..."color odd_color all none zeros matrix matrix[1] text raw words pointer utf8 broken none_text".split(
    " ",
  ),
  ..."short_text short_pointer *short_pointer long_letter".split(" "),
  ..."wild wide_text nothing pointer_to_int pointer_to_pointer **pointer_to_pointer points flexible".split(
    " ",
  ),
  ..."vector function table calls hidden global_counter global_array greeting mystery add &add *add".split(
    " ",
  ),
  ..."per_thread per_thread_static &global_array &global_array[1] big_buffer[5] fz".split(" "),
];

const computed = [
  "whole + natural",
  "whole + big",
  "-1 < 1u",
  "-1 < 1ul",
  "(char)300",
  "(unsigned char)-1",
  "byte << 4",
  "whole >> 1",
  "natural >> 1",
  "7 / -2",
  "-7 % 3",
  "1.0f / 3",
  "1.0 / 3",
  "extended * 3",
  "single + real",
  "3 && 0 || 1",
  "!whole",
  "~byte",
  "whole ? 10 : 20",
  "1, 2",
  "pointer + 2",
  "*pointer",
  "pointer[3]",
  "&points[2] - &points[0]",
  "&points[2] == points + 2",
  "*(points + 1)",
  "(&here)->y",
  "head.next->name",
  "head.next->as_char",
  "head.inner_a",
  "flexible->items[2]",
  "flexible->items[0]@3",
  "*numbers@5",
  "numbers[299]",
  "sizeof numbers",
  "sizeof(struct list)",
  "sizeof(int *)",
  "sizeof whole + 1",
  "(long)&here == (long)&here.x",
  "*(int *)&u",
  "(unsigned short)word + 1",
  "'a' + 1",
  "'a'",
  '"abc"',
  'sizeof "abc"',
  "0x7fffffff + 1",
  "0xffffffff + 1",
  "4294967295 + 1",
  "010 + 0x10",
  "1e3",
  "1.5f",
  "2.5L",
  "color == GREEN",
  "RED + 1",
  "(enum color)5",
  "rights & READ",
  "bits.level",
  "bits.mode + 1",
  "bits.wide",
  "bits.shade",
  "(struct point *)&alias",
  "*(struct point *)points",
  "((struct list *)&tail)->weights[2]",
  "function == subtract",
  "table[0]",
  "(int (*)(int, int))add",
  "greeting[0] == 'g'",
  "&matrix[1][2]",
  "*matrix[1]",
  "**matrix",
  "u.bytes[3]",
  "values.c::hidden",
  "$rip",
  "$eflags & 0",
  "(long)$rsp & 15",
  "matrix[1][2] * here.y - (whole + 1) / 2",
];

function compareWithGdb(options: CompileOptions, left: readonly string[] = []): () => Promise<void> {
  return () =>
    withProgram("values", "BP1", options, async (program) => {
      const expressions = [...shown, ...computed].filter((expression) => !left.includes(expression));
      const theirs = gdbAnswers(
        "values",
        "BP1",
        options,
        expressions.map((one) => one.replace(/^(\w+\.c)::/, "'$1'::")),
      );
      const differences: string[] = [];
      for (const [index, expression] of expressions.entries()) {
        const ours = await program.text(expression).catch((error: Error) => `!! ${error.message}`);
        const [mine, gdbs] = [comparable(ours), comparable(theirs[index] ?? "")];
        if (mine !== gdbs) differences.push(`${expression}: ${mine} | GDB: ${gdbs}`);
      }
      assert.deepEqual(differences, []);
    });
}

test("gcc -O0: values and expressions as GDB shows them", compareWithGdb({}));
test("clang -O0: values and expressions as GDB shows them", compareWithGdb({ compiler: "clang" }));
// GDB finds no thread-locals in static programs.
test(
  "gcc, DWARF 4, static: values and expressions as GDB shows them",
  compareWithGdb({ variant: "static", flags: ["-gdwarf-4"] }, ["per_thread", "per_thread_static"]),
);

const optimized = "a b unused first".split(" ");
for (const compiler of ["gcc", "clang"])
  for (const marker of ["BP2", "BP3"])
    test(`${compiler} -O2 at ${marker}: what is left of the variables, as GDB shows them`, () =>
      withProgram("optimized", marker, { compiler, variant: "optimized" }, async (program) => {
        const frame = program.frame(0).functionName === "combine" ? 0 : 1;
        const theirs = gdbAnswers(
          "optimized",
          marker,
          { compiler, variant: "optimized" },
          optimized,
          "combine",
        );
        const ours = await Promise.all(optimized.map((name) => program.text(name, frame)));
        assert.deepEqual(ours, theirs);
      }));

test("what GDB shows otherwise", () =>
  withProgram("values", "BP1", {}, async (program) => {
    const expected: Record<string, string> = {
      rights: "READ | EXECUTE",
      "(enum access)8": "(enum access) 8",
      odd_color: "(enum color) 77",
      empty: "{}",
      "*flexible": "{count = 3, items = {}}",
      blob: "{222 '\\336', 173 '\\255', 0 '\\000', 255 '\\377'}",
      words: '"text"',
      single: "0.1",
      real: "0.1",
      extended: "0.1",
      tiny: "5e-324",
      huge: "1267650600228229401496703205383",
      "1.0L / 3": "0.33333333333333333334",
      "wild[0]": "<cannot read memory at 0x10>",
      "(void)0": "void",
      "whole,x": "0xffffffd6",
      "whole,o": "037777777726",
      "whole,b": "0b11111111111111111111111111010110",
      "letter,d": "120",
      "letter,x": "0x78",
      "byte,c": "200 '\\310'",
      "here,x": "{x = 0x3, y = 0x4}",
      "points,x": "{{x = 0x1, y = 0x2}, {x = 0x3, y = 0x4}, {x = 0x5, y = 0x6}}",
      "pointer_to_int,[1]": "{-42}",
      "blob,s": '"\u07ad\\000\\377"',
      zeros: "{0 <repeats 64 times>}",
    };
    for (const [expression, text] of Object.entries(expected))
      assert.equal(await program.text(expression), text, expression);
    assert.equal(await program.text("flexible->items[0]@3"), "{0, 11, 22}");
    assert.match(await program.text("&big_buffer[98]"), /^0x[0-9a-f]+ <big_buffer\+98> "zz"$/);
  }));

for (const compiler of ["g++", "clang++"]) {
  const flags = compiler === "g++" ? [] : ["-fstandalone-debug"];
  test(`${compiler}: references, base classes and qualified names`, () =>
    withProgram("cxxvalues", "BP2", { compiler, flags }, async (program) => {
      const expected: Record<string, string> = {
        "derived.id": "7",
        "derived.weight": "2.5",
        "base->id + 1": "8",
        "((Derived *)base)->weight": "2.5",
        "ns::global": "4",
        "::ns::global": "4",
        "ns::Thing::count": "3",
        kind: "Two",
        "kind == ns::Kind::Two": "true",
        "(ns::Kind)0": "One",
        "*(ns::Thing *)&thing": "{a = 5}",
        "numbers._M_impl._M_start[2]": "3",
        "text._M_string_length": "2",
        x: "2",
      };
      for (const [expression, text] of Object.entries(expected))
        assert.equal(await program.text(expression), text, expression);
    }));

  test(`${compiler}: arguments by reference, and members without this`, async () => {
    await withProgram("cxxvalues", "BP1", { compiler }, async (program) => {
      const rows = await program.scope("Arguments");
      assert.equal(rows.get("reference")?.value, "2");
      assert.equal(rows.get("reference")?.typeName, "int &");
      assert.equal((await rows.get("reference")?.assign?.("40"))?.value, "40");
      assert.equal(await program.text("x", 1), "40");
      const members = await rows.get("moved")?.children?.();
      assert.equal(members?.[0]?.evaluateName, "*(Base *)&moved");
      assert.match(await program.text(members?.[0]?.evaluateName ?? ""), /id = 7}$/);
    });
    await withProgram("cxxvalues", "IN", { compiler }, async (program) => {
      assert.equal(await program.text("id + local"), "14");
      assert.equal(await program.text("weight"), "2.5");
    });
  });
}
