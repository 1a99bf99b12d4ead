/** What was measured, as a person reads it. */
import { readFileSync } from "node:fs";
import os from "node:os";
import { spawnSync } from "node:child_process";
import { nameOf, THREADED, type Samples, type Size } from "./measure";

/** One goal: a figure and where it has to be. */
export interface Goal {
  readonly what: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A Markdown table. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

function milliseconds(value: number): string {
  if (value >= 100) return `${Math.round(value)} ms`;
  return `${value.toPrecision(2)} ms`;
}

function times(value: number): string {
  return `${value >= 10 ? Math.round(value) : value.toPrecision(2)} ×`;
}

const amount = ({ descriptors, mebibytes }: Size): string =>
  `${descriptors} descriptors, ${mebibytes >= 1024 ? `${mebibytes / 1024} GiB` : `${mebibytes} MiB`}`;

/** Creating and restarting, beside a bare fork. */
export function checkpointTable(samples: Samples, sizes: readonly Size[]): string {
  const rows = sizes.flatMap((size) =>
    ["create", "restart"].map((operation) => {
      const [gdb, forkpoint] = ["gdb", "forkpoint"].map((who) =>
        samples.median(nameOf(who, operation, size)),
      );
      const fork = samples.median(nameOf("bare", "fork", size));
      return [
        `${operation}, ${amount(size)}`,
        milliseconds(gdb ?? 0),
        milliseconds(forkpoint ?? 0),
        milliseconds(fork),
        times((gdb ?? 0) / (forkpoint ?? 0)),
      ];
    }),
  );
  return table(["", "GDB", "Forkpoint", "bare fork", "GDB ÷ Forkpoint"], rows);
}

/** Creating and restarting with several threads, beside CRIU where it runs. */
export function threadTable(samples: Samples, sizes: readonly Size[], withCriu: boolean): string {
  const rows = sizes.flatMap((size) =>
    ["create", "restart"].map((operation) => {
      const ours = samples.median(nameOf(THREADED, operation, size));
      const row = [`${operation}, ${size.threads ?? 1} threads`, milliseconds(ours)];
      if (!withCriu) return row;
      const theirs = samples.median(nameOf("criu", operation, size));
      return [...row, milliseconds(theirs), times(theirs / ours)];
    }),
  );
  return table(["", "Forkpoint", ...(withCriu ? ["CRIU", "CRIU ÷ Forkpoint"] : [])], rows);
}

/** Steps, and hits of a false condition in a second. */
export function stepTable(samples: Samples): string {
  const row = (text: string, gdb: string, forkpoint = gdb): string[] => {
    const [theirs, ours] = [samples.median(`gdb: ${gdb}`), samples.median(`forkpoint: ${forkpoint}`)];
    return [text, milliseconds(theirs), milliseconds(ours), times(theirs / ours)];
  };
  const [theirs, ours] = ["gdb", "forkpoint"].map((who) => 1000 / samples.median(`${who}: condition`));
  const perSecond = (value = 0): string => `${Number(value.toPrecision(3)).toLocaleString("en")} /s`;
  return table(
    ["", "GDB", "Forkpoint", "ratio"],
    [
      row("`next`", "next"),
      row("`next`, and the innermost frame, which GDB tells with every stop", "next", "next and its frame"),
      row("`next` over a call", "over a call"),
      row("one instruction", "instruction"),
      ["false condition, hits", perSecond(theirs), perSecond(ours), times((ours ?? 0) / (theirs ?? 1))],
    ],
  );
}

const reached = ({ value, atLeast = -Infinity, atMost = Infinity }: Goal): boolean =>
  value >= atLeast && value <= atMost;

/** The goals, one a row, and whether each was reached. */
export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map((goal) => {
    const bound = goal.atLeast === undefined ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
    return [goal.what, bound, goal.value.toPrecision(2), reached(goal) ? "reached" : "**missed**"];
  });
  return table(["goal", "", "measured", ""], rows);
}

/** What it was measured on, in one sentence. */
export function machine(): string {
  const [cpu] = os.cpus();
  const gdb = spawnSync("gdb", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0] ?? "";
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
  return (
    `${cpu?.model.trim() ?? "x86-64"}, ${os.cpus().length} cores; ${system}, kernel ${/^[\d.]+/.exec(os.release())?.[0] ?? os.release()}; ` +
    `${gdb}; Node ${process.versions.node}.`
  );
}
