// Everything that can be said about the code without running it. All checks run, some at a time; each that complains is named at the end.
import os from "node:os";
import { main, make, outcome, tool } from "./run.mjs";

/** The one that takes longest first. */
const checks = () => [
  { name: "eslint", command: [tool("eslint"), "--max-warnings=0", "."] },
  { name: "types of adapter", command: [tool("tsc"), "-p", "adapter"] },
  { name: "types of extension", command: [tool("tsc"), "-p", "extension"] },
  { name: "types of test", command: [tool("tsc"), "-p", "test"] },
  { name: "prettier", command: [tool("prettier"), "--check", "--log-level=warn", "."] },
  { name: "clang-format", command: make("format-check") },
  { name: "unused code (knip)", command: [tool("knip"), "--no-progress"] },
];

async function passes({ name, command: [program, ...args] }) {
  const started = performance.now();
  const { good, output } = await outcome(program, args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${output}${good ? "ok  " : "FAIL"}  ${name} (${seconds} s)`);
  return good;
}

/** Takes one check after the other until there is none left. */
async function work(waiting, failed) {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift())
    if (!(await passes(check))) failed.push(check.name);
}

await main(async () => {
  const waiting = checks();
  const failed = [];
  await Promise.all(Array.from({ length: os.availableParallelism() }, () => work(waiting, failed)));
  if (failed.length > 0)
    throw new Error(`Lint failed: ${failed.join(", ")}. npm run format mends the layout.`);
});
