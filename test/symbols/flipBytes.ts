/**
 * Run as a process: flipBytes.ts PROGRAM FOLDER FIRST-SEED COUNT [SECTIONS]. Changes random bytes in the sections of copies
 * of PROGRAM whose names the regular expression matches, or in the debug sections, and asks each copy everything. A seed
 * gives the same copy every time; it is printed before it is tried.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { timed } from "./exercise";
import { debugSections, sectionsNamed } from "./sections";

const [program = "", folder = "", first = "", count = "", pattern] = process.argv.slice(2);
const original = readFileSync(program);
const sections = pattern === undefined ? debugSections(program) : sectionsNamed(program, new RegExp(pattern));
const names = ["main", "walk", "struct node", "sample", "counter", "callback", "BLUE", "nothing"];

/** Numbers below `limit` in an order that the seed fixes (xorshift). */
function randomFrom(seed: number): (limit: number) => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

function damagedCopy(seed: number): Buffer {
  const random = randomFrom(seed);
  const copy = Buffer.from(original);
  for (let changes = 1 + random(20); changes > 0; changes--) {
    const section = sections[random(sections.length)];
    if (section && section.size > 0)
      copy[section.offset + random(section.size)] = random(3) === 0 ? 0xff : random(256);
  }
  return copy;
}

let damaged = 0;
let slowest = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  console.log(`seed ${seed}`);
  const file = path.join(folder, "flipped");
  writeFileSync(file, damagedCopy(seed));
  const result = timed(file, names);
  if (result.damage !== undefined) damaged += 1;
  slowest = Math.max(slowest, result.milliseconds);
}
console.log(`${damaged} of ${count} damaged, slowest ${slowest.toFixed(0)} ms`);
