/** Operators, promotions and conversions: generated expressions give what the C compiler makes of them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { evaluateToValue } from "../../adapter/debugger/expressions/expressions";
import type { EvaluationContext } from "../../adapter/debugger/types";
import { withProgram } from "./valuesProgram";

type Next = (bound: number) => number;

function numbers(seed: number): Next {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const integers =
  `0 1 7 -1 -128 255 'a' '\\xff' 65535u 2147483647 -2147483647 2147483648 4294967295 0xffffffff 017 0x80000000
100000l 0x7fffffffffffffff 0xffffffffffffffff 18446744073709551615u 3ull -9ll 0b101`.split(/\s+/);
const floats = "0.0 1.5 -2.25 0.1 1e10 1e-10 3.0f 0.1f 1e20f 0.1L 1e-4000L 2.5L 0x1.8p3 1e308".split(" ");
const integerTypes =
  "char,signed char,unsigned char,short,unsigned short,int,unsigned,long,unsigned long,_Bool".split(",");
const floatTypes = "float,double,long double".split(",");
const pick = (next: Next, list: readonly string[]): string => list[next(list.length)] ?? "0";

/** No division by what may be zero, and shifts only within the width: C leaves those undefined. */
function integer(next: Next, depth: number): string {
  if (depth === 0) return `(${pick(next, integers)})`;
  const operand = integer(next, depth - 1);
  switch (next(9)) {
    case 0:
      return `(${pick(next, ["-", "~", "!", "+"])}${operand})`;
    case 1:
      return `((${pick(next, integerTypes)})${operand})`;
    case 2:
      return `(${operand} ${pick(next, ["<<", ">>"])} ${next(31)})`;
    case 3:
      return `(${operand} ${pick(next, ["/", "%"])} ${pick(next, ["3", "-7", "11u", "100l"])})`;
    case 4:
      return `(${integer(next, depth - 1)} ? ${operand} : ${integer(next, depth - 1)})`;
    case 5:
      return `(${float(next, depth - 1)} ${pick(next, ["<", ">=", "==", "!="])} ${operand})`;
    default:
      return `(${operand} ${pick(next, "+ - * & | ^ < > <= >= == != && ||".split(" "))} ${integer(next, depth - 1)})`;
  }
}

function float(next: Next, depth: number): string {
  if (depth === 0) return `(${pick(next, floats)})`;
  const operand = float(next, depth - 1);
  switch (next(5)) {
    case 0:
      return `(-${operand})`;
    case 1:
      return `((${pick(next, floatTypes)})${operand})`;
    case 2:
      return `(${operand} ${pick(next, ["+", "*", "-"])} ${integer(next, depth - 1)})`;
    default:
      return `(${operand} ${pick(next, ["+", "-", "*", "/"])} ${float(next, depth - 1)})`;
  }
}

/** A program that prints size, sign and bits of each expression; of long double the ten bytes that count. */
function source(expressions: readonly string[]): string {
  const lines = expressions.map(
    (expression) =>
      `{ __typeof__(+(${expression})) v = ${expression}; show(&v, sizeof v, (__typeof__(v))-1 < 0, (__typeof__(v))0.5 > 0); }`,
  );
  return `#include <stdio.h>
static void show(const void *bytes, int size, int negative, int fraction) {
    printf("%d %d %d ", size, negative, fraction);
    for (int i = 0; i < (fraction && size == 16 ? 10 : size); i++) printf("%02x", ((const unsigned char *)bytes)[i]);
    printf("\\n");
}
int main(void) {\n${lines.join("\n")}\nreturn 0;\n}\n`;
}

function compiled(expressions: readonly string[]): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "expressions-"));
  try {
    const file = path.join(folder, "expressions.c");
    writeFileSync(file, source(expressions));
    const program = path.join(folder, "expressions");
    const build = spawnSync("gcc", ["-w", "-fwrapv", "-O0", "-frounding-math", file, "-o", program], {
      encoding: "utf8",
    });
    assert.equal(build.status, 0, build.stderr);
    return spawnSync(program, { encoding: "utf8" }).stdout.trimEnd().split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function evaluated(expression: string, context: EvaluationContext): Promise<string> {
  const value = await evaluateToValue(`+(${expression})`, context, { sideEffects: false });
  const { type, bytes } = value;
  assert.ok(bytes && type.kind === "base", expression);
  const fraction = type.encoding === "float" ? 1 : 0;
  const negative = fraction || type.encoding === "signed" ? 1 : 0;
  const counted = fraction && bytes.length === 16 ? bytes.subarray(0, 10) : bytes;
  return `${bytes.length} ${negative} ${fraction} ${counted.toString("hex")}`;
}

/** The sign of a NaN that an operation makes is not told by C. */
function withoutNanSign(line: string): string {
  return line.replace(/(?:0000c0[7f]f|000000000000f8[7f]f|00000000000000c0ff[7f]f)$/, "nan");
}

for (const seed of [1, 2, 3])
  test(`400 generated expressions of integers and floating-point numbers (${seed})`, () =>
    withProgram("values", "BP1", {}, async (program) => {
      const next = numbers(seed);
      const expressions = Array.from({ length: 400 }, (_, index) =>
        index % 2 === 0 ? integer(next, 1 + next(4)) : float(next, 1 + next(3)),
      );
      const theirs = compiled(expressions);
      const context = program.context();
      for (const [index, expression] of expressions.entries())
        assert.equal(
          withoutNanSign(await evaluated(expression, context)),
          withoutNanSign(theirs[index] ?? ""),
          expression,
        );
    }));
