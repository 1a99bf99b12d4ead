import assert from "node:assert/strict";
import { test } from "node:test";
import { configurationFor, needsProgram, withDefaults } from "../../extension/launchDefaults";

test("F5 without launch.json becomes a launch of the chosen program in the workspace folder", () => {
  assert.ok(needsProgram({}));
  assert.deepEqual(withDefaults({}, true, "/w/demo"), {
    type: "forkpoint",
    request: "launch",
    name: "demo",
    program: "/w/demo",
    cwd: "${workspaceFolder}",
  });
});

test("what the person wrote stays, keys that are not known here included", () => {
  const written = {
    type: "forkpoint",
    request: "launch",
    name: "mine",
    program: "p",
    cwd: "/elsewhere",
    followFork: "both",
    stopAtEntry: true,
  };
  assert.ok(!needsProgram(written));
  assert.deepEqual(withDefaults(written, true, undefined), written);
});

test("without a folder the adapter chooses the working directory", () => {
  assert.ok(
    !(
      "cwd" in
      withDefaults({ type: "forkpoint", request: "launch", name: "x", program: "p" }, false, undefined)
    ),
  );
});

test("no program is asked for where none is needed, so that the adapter can judge the request itself", () => {
  const named = { type: "forkpoint", name: "x" };
  assert.ok(!needsProgram({ ...named, request: "attach", pid: 1 }));
  assert.ok(!needsProgram({ ...named, request: "launch", coreFile: "core" }));
  assert.ok(needsProgram({ ...named, request: "launch", program: "" }));
  assert.ok(!("cwd" in withDefaults({ ...named, request: "attach" }, true, undefined)));
});

test("a found program is offered under its path in the folder", () => {
  const offered = configurationFor("${workspaceFolder}/build/demo", "build/demo");
  assert.equal(offered.name, "Debug build/demo");
  assert.ok(!needsProgram(offered));
});
