// Everything that can be said about the code without running it. All checks run; each that complains is named at the end.
import { succeeds, tool } from "./run.mjs";

const checks = [
  { name: "types of adapter", command: [tool("tsc"), "-p", "adapter"] },
  { name: "types of extension", command: [tool("tsc"), "-p", "extension"] },
  { name: "types of test", command: [tool("tsc"), "-p", "test"] },
  { name: "eslint", command: [tool("eslint"), "--max-warnings=0", "."] },
  { name: "prettier", command: [tool("prettier"), "--check", "--log-level=warn", "."] },
  { name: "clang-format", command: ["make", "--no-print-directory", "-C", "native-shim", "format-check"] },
  { name: "unused code (knip)", command: [tool("knip"), "--no-progress"] },
];

function passes({ name, command: [program, ...args] }) {
  const started = performance.now();
  const good = succeeds(program, args);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${good ? "ok  " : "FAIL"}  ${name} (${seconds} s)`);
  return good;
}

const failed = checks.filter((check) => !passes(check)).map((check) => check.name);
if (failed.length > 0) {
  console.error(`Lint failed: ${failed.join(", ")}. npm run format mends the layout.`);
  process.exitCode = 1;
}
