import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byConcern,
  copyTextOf,
  descriptionOf,
  escapeIcons,
  escapeMarkdown,
  exitMessage,
  fidelitySummaryOf,
  fidelityTextOf,
  formatBytes,
  keptFilesOf,
  placeOf,
  spokenTextOf,
  timeOf,
  titleOf,
  tooltipOf,
} from "../../extension/checkpointText";
import { checkpoint } from "./checkpoints";

test("a row says number, label, function, file:line and time, nothing twice", () => {
  const labeled = checkpoint({ label: "before the loop" });
  assert.equal(titleOf(labeled), "#1 before the loop");
  assert.equal(descriptionOf(labeled, false), "main · demo.c:42 · 14:03:22");
  assert.equal(titleOf(checkpoint()), "#1 main");
  assert.equal(descriptionOf(checkpoint(), true), "◂ demo.c:42 · 14:03:22");
});

test("without symbols a row says the address", () => {
  const bare = checkpoint({ functionName: undefined, source: undefined, line: undefined });
  assert.equal(titleOf(bare), "#1 0x401136");
  assert.equal(descriptionOf(bare, false), "14:03:22");
});

test("a source without a name is called by its file", () => {
  assert.equal(placeOf(checkpoint({ source: { path: "/src/deep/sum.c" }, line: 7 })), "sum.c:7");
  assert.equal(placeOf(checkpoint({ source: { path: "/src/deep/sum.c" }, line: undefined })), "sum.c");
});

test("a time that is none is shown as it came", () => {
  assert.equal(timeOf(checkpoint({ createdAt: "yesterday" })), "yesterday");
});

test("a row is spoken with its kind and whether it is current", () => {
  assert.equal(
    spokenTextOf(checkpoint({ kind: "branch" }), true),
    "branch checkpoint 1, main, demo.c:42, 14:03:22, the live process came from here",
  );
});

test("bytes are in binary units", () => {
  assert.deepEqual([0, 1023, 1024, 73728, 5 * 2 ** 30].map(formatBytes), [
    "0 B",
    "1023 B",
    "1.0 KiB",
    "72.0 KiB",
    "5.0 GiB",
  ]);
});

test("a label cannot smuggle markup into the tooltip", () => {
  const hostile = "[x](command:evil) $(bug) <b> |\n# y";
  assert.equal(escapeMarkdown(hostile), "\\[x\\]\\(command:evil\\) \\\\\\$\\(bug\\) \\<b\\> \\| \\# y");
  assert.ok(!tooltipOf(checkpoint({ label: hostile }), false).includes("[x]("));
});

test("a label cannot smuggle icons in: VS Code takes the backslash before one away, and only there", () => {
  const label = "$(bug) $(sync~spin) $(a b) $x (bug)";
  assert.equal(escapeIcons(label), "\\$(bug) \\$(sync~spin) $(a b) $x (bug)");
});

test("the tooltip tells where it came from and what a restart does not restore", () => {
  const text = tooltipOf(
    checkpoint({
      id: 4,
      kind: "branch",
      parentId: 2,
      privateBytes: 4096,
      fidelity: [
        { resource: "file offsets", state: "restored", detail: "" },
        { resource: "pipe 3", state: "notRestored", detail: "its contents stay" },
        { resource: "memory", state: "restored", detail: "all private memory" },
      ],
    }),
    true,
  );
  for (const part of [
    "**Checkpoint 4**",
    "Kept when a restart left this state. The live process came from here.",
    "checkpoint 2",
    "4711 (frozen copy 4712)",
    "4\\.0 KiB",
    "$(warning) **pipe 3** not restored: its contents stay",
    "$(check) **restored** file offsets, memory",
  ])
    assert.ok(text.includes(part), `${part} is missing in:\n${text}`);
  assert.ok(!tooltipOf(checkpoint(), false).includes("Memory of its own"));
});

test("the tooltip names what a restart restores once, and says of a running program that it ran", () => {
  const fidelity = ["threads", "time-outs", "time-outs"].map(
    (resource) => ({ resource, state: "restored", detail: "" }) as const,
  );
  const text = tooltipOf(checkpoint({ fidelity, stopReason: "running" }), false);
  assert.match(text, /\*\*restored\*\* threads, time\\-outs$/m);
  assert.match(text, /Taken while&nbsp;&nbsp; \| it was running/);
  assert.doesNotMatch(text, /Stopped by/);
});

test("a copied checkpoint is one line that says all that is needed to find the place again", () => {
  const line = copyTextOf(checkpoint({ label: "start" }));
  assert.match(
    line,
    /^Checkpoint 1 "start": main at \/src\/demo\.c:42 \(0x401136\), process 4711, 2026-11-24T/,
  );
});

test("the view says how the program ended and what can be done", () => {
  assert.equal(exitMessage({ checkpoints: [checkpoint()] }), undefined);
  assert.equal(
    exitMessage({ checkpoints: [checkpoint()], exited: { exitCode: 3 } }),
    "The program is exiting with code 3. Click a checkpoint to go back.",
  );
  assert.equal(
    exitMessage({ checkpoints: [], exited: { signal: "SIGSEGV" } }),
    "The program was ended by SIGSEGV.",
  );
});

test("the files that a restart would write back are those of the adapter's own line", () => {
  assert.equal(keptFilesOf(checkpoint()), undefined);
  const resource = "file contents";
  const leftOut = { resource, state: "notRestored", detail: "1 file too large" } as const;
  assert.equal(keptFilesOf(checkpoint({ fidelity: [leftOut] })), undefined);
  const kept = { resource, state: "restored", detail: "written back: /tmp/a" } as const;
  assert.equal(keptFilesOf(checkpoint({ fidelity: [kept, leftOut] })), "written back: /tmp/a");
  const mapped = { resource: "mapped files", state: "restored", detail: "written back: /tmp/b" } as const;
  const nameless = { resource: "mapped files", state: "restored", detail: "1 area" } as const;
  assert.equal(keptFilesOf(checkpoint({ fidelity: [nameless] })), undefined);
  assert.equal(
    keptFilesOf(checkpoint({ fidelity: [kept, mapped, nameless] })),
    "written back: /tmp/a\nwritten back: /tmp/b",
  );
});

test("what is not restored comes first, and gives the row a badge with its meaning", () => {
  const fidelity = [
    { resource: "memory", state: "restored", detail: "all private memory" },
    { resource: "timers", state: "approximate", detail: "" },
    { resource: "process id", state: "notRestored", detail: "it is taken" },
  ] as const;
  assert.deepEqual(byConcern(fidelity).map(fidelityTextOf), [
    "not restored: it is taken",
    "approximately",
    "all private memory",
  ]);
  const summary = (...states: number[]) =>
    fidelitySummaryOf(checkpoint({ fidelity: states.flatMap((index) => fidelity[index] ?? []) }));
  assert.equal(summary(0), undefined);
  assert.deepEqual(summary(0, 1), { badge: "≈", words: "A restart: 1 restored approximately" });
  assert.deepEqual(summary(0, 1, 2), {
    badge: "!",
    words: "A restart: 1 not restored, 1 restored approximately",
  });
  assert.match(
    spokenTextOf(checkpoint({ fidelity: [...fidelity] }), false),
    /14:03:22\. A restart: 1 not restored/,
  );
});
