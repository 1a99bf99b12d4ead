/** Compiled conditions decide as the evaluator does: on generated expressions, by the trap in the real program. */
import assert from "node:assert/strict";
import test from "node:test";
import { compileCondition } from "../../adapter/debugger/breakpoints/conditions";
import { evaluateCondition } from "../../adapter/debugger/expressions/expressions";
import { UserError } from "../../adapter/debugger/types";
import type { EvaluationContext } from "../../adapter/debugger/types";
import { memoryAddress, toMemory } from "../../adapter/target/addresses";
import type { MemoryAddress } from "../../adapter/target/addresses";
import type { ConditionProgram } from "../../adapter/target/target";
import type { CompileOptions } from "../helpers/compile";
import { StoppedProgram } from "./valuesProgram";

/** Numbers below a bound, the same ones for the same seed. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const leaves =
  `index|limit|letter|delta|level|port|offset|size|mode|odd|scaled|counter|total|node->key|node->small
node->byte|node->flags|node->level|node->on|node->wide|node->inner|node->next->key|nodes[1].level|(*node).items[1]
node->items[index & 3]|table[1][1]|table[index % 2][2]|*(node->items + 2)|nodes[index % 3].byte|BUSY|FAILED|0|1|-1|7u
0x80000000|3000000000|'a'|sizeof(struct node)|sizeof node->small|(unsigned char)index|(short)limit|(long)offset
(unsigned)delta|*(int *)node|*(unsigned char *)&nodes[1].small|node|&nodes[2]|node->next`
    .split(/[|\n]/)
    .filter((leaf) => leaf !== "");
const operators = "+ - * / % & | ^ == != < > <= >= && ||".split(" ");
const casts = "char,unsigned char,short,unsigned short,int,unsigned,long,unsigned long,_Bool".split(",");

function generate(next: (bound: number) => number, depth: number): string {
  const pick = (list: readonly string[]): string => list[next(list.length)] ?? "0";
  if (depth === 0) return pick(leaves);
  const operand = `(${generate(next, depth - 1)})`;
  switch (next(8)) {
    case 0:
      return pick(["-", "~", "!", "+"]) + operand;
    case 1:
      return `(${pick(casts)})${operand}`;
    case 2:
      return `${operand} ${pick(["<<", ">>"])} ${next(31)}`;
    default:
      return `${operand} ${pick(operators)} (${generate(next, depth - 1)})`;
  }
}

/** What the evaluator says; what it refuses counts as true, so that the person hears of it. */
async function evaluated(expression: string, context: EvaluationContext): Promise<boolean> {
  try {
    return await evaluateCondition(expression, context);
  } catch (error) {
    assert.ok(error instanceof UserError, `${expression}: ${String(error)}`);
    return true;
  }
}

/** Lets the program run to one of two places and says whether it is the first. */
async function runs(
  program: StoppedProgram,
  first: MemoryAddress,
  condition: ConditionProgram | undefined,
  second: MemoryAddress,
): Promise<boolean> {
  const { execution } = program;
  const tokens = [execution.insertBreakpoint(first, condition), execution.insertBreakpoint(second)];
  const stop = await execution.resume({ mode: "run", others: "run" });
  for (const token of tokens) execution.removeBreakpoint(token);
  program.stopped();
  assert.equal(stop.kind, "breakpoint");
  return program.target.registers(1).pc === first;
}

/**
 * Runs from the function's entry to the marker and asks the evaluator, then goes back to the entry (nothing between
 * changes what was there before) and runs again with the compiled condition.
 */
async function compare(program: StoppedProgram, next: (bound: number) => number): Promise<"same" | "left"> {
  const [place, behind] = [program.addressesOf("BP1")[0], program.addressesOf("BP2")[0]];
  assert.ok(place !== undefined && behind !== undefined && program.modules.main);
  const expression = generate(next, 1 + next(3));
  const at = { module: program.modules.main, address: memoryAddress(place), modules: program.modules };
  const condition = compileCondition(expression, at);
  const registers = program.target.registers(1);
  const entry = registers.save();
  assert.ok(await runs(program, memoryAddress(place), undefined, memoryAddress(behind)));
  const expected = await evaluated(expression, program.context());
  registers.restore(entry);
  if (condition === undefined) return "left";
  const decided = await runs(program, memoryAddress(place), condition, memoryAddress(behind));
  // A program has no short circuit: an error in the side that C leaves out is for the debugger to decide.
  const mayFail = /&&|\|\|/.test(expression) && /next|[/%]/.test(expression);
  if (!(decided && mayFail)) assert.equal(decided, expected, expression);
  registers.restore(entry);
  return decided === expected ? "same" : "left";
}

async function property(options: CompileOptions, seed: number, least: number): Promise<void> {
  const program = await StoppedProgram.launch("conditions", options);
  try {
    const { main } = program.modules;
    const [turn] = main?.symbols.functionsNamed("turn") ?? [];
    assert.ok(main && turn);
    const entry = toMemory(turn.entry, main.bias);
    const next = numbers(seed);
    let same = 0;
    for (let round = 0; round < 25; round++) {
      assert.ok(await runs(program, entry, undefined, entry));
      for (let count = 0; count < 20; count++) if ((await compare(program, next)) === "same") same++;
    }
    assert.ok(same >= least, `only ${same} of 500 conditions were compiled`);
  } finally {
    program.dispose();
  }
}

for (const compiler of ["gcc", "clang"]) {
  test(`${compiler} -O0: 500 generated conditions decide as the evaluator does`, () =>
    property({ compiler }, 1, 400));
  test(`${compiler} -O2: 500 generated conditions decide as the evaluator does`, () =>
    property({ compiler, variant: "optimized" }, 2, 100));
}

test("conditions that a program cannot decide are left to the evaluator", async () => {
  const program = await StoppedProgram.launch("conditions");
  try {
    const [place] = program.addressesOf("BP1");
    assert.ok(place !== undefined && program.modules.main);
    const at = { module: program.modules.main, address: memoryAddress(place), modules: program.modules };
    for (const expression of [
      "index = 3",
      "index++",
      "turn(0,0,0,0,0,0,0,0,0)",
      "index << level",
      "index == 1.5",
      "missing == 1",
      "node->missing",
      "*node",
      "index +",
      "",
      "$rip == 0",
    ])
      assert.equal(compileCondition(expression, at), undefined, expression);
    assert.ok(compileCondition("index == 3 && node->next != 0", at));
  } finally {
    program.dispose();
  }
});
