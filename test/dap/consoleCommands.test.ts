import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatCheckpointList, parseConsoleCommand } from "../../adapter/dap/consoleCommands";
import type { Checkpoint } from "../../adapter/protocol";

const parse = (line: string, ...variables: string[]) =>
  parseConsoleCommand(line, (word) => Promise.resolve(variables.includes(word)));

describe("console commands", () => {
  it("are these forms", async () => {
    assert.deepEqual(await parse("checkpoint"), { kind: "create" });
    assert.deepEqual(await parse(" checkpoint  before the loop "), {
      kind: "create",
      label: "before the loop",
    });
    assert.deepEqual(await parse("restart 12"), { kind: "restart", id: "12" });
    for (const line of ["info checkpoints", "info checkpoint", "info forks", "  info   checkpoints "])
      assert.deepEqual(await parse(line), { kind: "list" });
    assert.deepEqual(await parse("delete checkpoint 1"), { kind: "delete", ids: ["1"] });
    assert.deepEqual(await parse("delete checkpoint 1 2 3"), { kind: "delete", ids: ["1", "2", "3"] });
    assert.deepEqual(await parse("delete-checkpoint 4"), { kind: "delete", ids: ["4"] });
    assert.deepEqual(await parse("detach checkpoint 4"), { kind: "detach", id: "4" });
  });

  it("are nothing else", async () => {
    const expressions = [
      "restart",
      "restart 1 2",
      "info",
      "info breakpoints",
      "delete checkpoint",
      "delete 1",
      "delete-checkpoint 1 2",
      "detach 1",
      "checkpoints",
      "total + 1",
      "",
    ];
    for (const line of expressions) assert.equal(await parse(line), undefined, line);
  });

  it("give way to a variable of the same name", async () => {
    assert.equal(await parse("checkpoint", "checkpoint"), undefined);
    assert.equal(await parse("checkpoint = 3", "checkpoint"), undefined);
    assert.equal(await parse("restart -1", "restart"), undefined);
    assert.deepEqual(await parse("checkpoint", "other"), { kind: "create" });
    assert.deepEqual(await parse("checkpoint here", "checkpoint"), { kind: "create", label: "here" });
    assert.deepEqual(await parse("restart 1", "restart"), { kind: "restart", id: "1" });
  });
});

describe("info checkpoints", () => {
  const checkpoint = (id: number, more: Partial<Checkpoint> = {}): Checkpoint => ({
    id,
    kind: "manual",
    processId: 100,
    copyProcessId: 100 + id,
    threads: [],
    instructionPointerReference: "0x401136",
    createdAt: "2026-01-01T00:00:00.000Z",
    stopReason: "step",
    fidelity: [],
    ...more,
  });

  it("reads as in GDB", () => {
    const checkpoints = [
      checkpoint(1, { source: { name: "loop.c", path: "/src/loop.c" }, line: 12 }),
      checkpoint(3, { functionName: "add_two", label: "late" }),
    ];
    assert.equal(
      formatCheckpointList({ checkpoints, currentParentId: 3 }),
      '  1 process 101 at 0x401136, file loop.c, line 12\n* 3 process 103 at 0x401136, add_two, "late"',
    );
    assert.equal(formatCheckpointList({ checkpoints: [] }), "No checkpoints.");
  });

  it("has one line for each, whatever its label", () => {
    const checkpoints = [
      checkpoint(1, { label: "one\r\n\ttwo\0three" }),
      checkpoint(2, { label: "é".repeat(5000) }),
    ];
    const lines = formatCheckpointList({ checkpoints }).split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? "", / "one two three"$/);
    assert.match(lines[1] ?? "", / "é{100}…"$/);
  });
});
