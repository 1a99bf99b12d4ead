import assert from "node:assert/strict";
import { test } from "node:test";
import { ESLint } from "eslint";
import { repository } from "../helpers/compile";

const rule = "forkpoint/import-direction";

/** What the project's own lint configuration says about the imports of a file that held this text. */
async function complaints(filePath: string, text: string): Promise<string[]> {
  const eslint = new ESLint({
    cwd: repository,
    ruleFilter: ({ ruleId }: { ruleId: string }) => ruleId === rule,
    overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  });
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? []).map(({ message }) => message);
}

const forbidden: [file: string, text: string, complaint: RegExp][] = [
  ["adapter/symbols/probe.ts", 'import { a } from "../debugger/types";', /symbols -> /],
  ["adapter/symbols/probe.ts", 'import { a } from "../target/ptrace/ptraceTarget";', /symbols -> /],
  ["adapter/debugger/probe.ts", 'import { a } from "../dap/session";', /debugger -> /],
  ["adapter/debugger/probe.ts", 'import { a } from "../target/ptrace/tracee";', /debugger -> /],
  ["adapter/debugger/expressions/probe.ts", 'import type { a } from "../../dap/session";', /debugger -> /],
  ["adapter/dap/probe.ts", 'export * from "../target/ptrace/tracee";', /dap -> /],
  ["adapter/dap/probe.ts", 'const a = await import("../native");', /dap -> /],
  ["adapter/target/target.ts", 'import { a } from "./ptrace/tracee";', /target -> addresses/],
  ["adapter/target/checkpointer.ts", 'import { a } from "../debugger/types";', /target -> addresses/],
  ["adapter/target/ptrace/probe.ts", 'import { a } from "../../symbols/types";', /ptrace -> /],
  ["adapter/target/ptrace/probe.ts", 'import { load } from "ffi-rs";', /must not import the package ffi-rs/],
  ["adapter/dap/probe.ts", 'import * as vscode from "vscode";', /must not import the package vscode/],
  ["adapter/debugger/probe.ts", 'import { a } from "../../test/helpers/compile";', /test\/helpers/],
  ["extension/probe.ts", 'import { a } from "../adapter/dap/session";', /extension -> /],
  ["adapter/probe.ts", 'import { a } from "./dap/session";', /is in no room/],
  ["adapter/debugger/modules/probe.ts", 'import { a } from "../expressions/names";', /modules -> nothing/],
  ["adapter/debugger/checkpoints/probe.ts", 'import { a } from "../stepping/stepLine";', /checkpoints -> /],
  ["adapter/debugger/stack/probe.ts", 'import { a } from "../values/values";', /stack -> modules/],
  ["adapter/target/ptrace/remote/probe.ts", 'import { a } from "../copies/survey";', /remote -> nothing/],
  [
    "adapter/target/ptrace/carried/files/probe.ts",
    'import { a } from "../../ids/idRenewal";',
    /carried -> threads/,
  ],
  ["adapter/protocol.ts", 'import type { a } from "./debugger/types";', /protocol -> nothing/],
];

for (const [file, text, complaint] of forbidden) {
  test(`lint refuses ${text} in ${file}`, async () => {
    const [message, ...others] = await complaints(file, text);
    assert.match(message ?? "no complaint", complaint);
    assert.deepEqual(others, []);
  });
}

const allowed: [file: string, text: string][] = [
  ["adapter/main.ts", 'import { a } from "./target/ptrace/ptraceTarget";'],
  ["adapter/dap/probe.ts", 'import { a } from "../debugger/types";'],
  ["adapter/debugger/probe.ts", 'import { a } from "../target/target";'],
  ["adapter/target/ptrace/remote/probe.ts", 'import type { a } from "../copies/survey";'],
  ["adapter/target/ptrace/carried/files/probe.ts", 'import { a } from "../connections/holders";'],
  ["adapter/native.ts", 'import { load } from "ffi-rs";'],
  ["extension/probe.ts", 'import * as vscode from "vscode"; import { a } from "../adapter/protocol";'],
];

for (const [file, text] of allowed) {
  test(`lint allows ${text} in ${file}`, async () => assert.deepEqual(await complaints(file, text), []));
}
