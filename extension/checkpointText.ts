import path from "node:path";
import type { Checkpoint, CheckpointKind, CheckpointList, Fidelity } from "../adapter/protocol";

/** One sentence on each kind, for tooltips. */
const kindSentences: Record<CheckpointKind, string> = {
  manual: "Taken by hand.",
  auto: "Taken at a stop by itself.",
  branch: "Kept when a restart left this state.",
  fork: "A suspended side of the program's own fork.",
};

/** `demo.c:42`, or the address where there is no source. */
export function placeOf(checkpoint: Checkpoint): string {
  const name = checkpoint.source?.name ?? (checkpoint.source?.path && path.basename(checkpoint.source.path));
  if (!name) return checkpoint.instructionPointerReference;
  return checkpoint.line === undefined ? name : `${name}:${checkpoint.line}`;
}

/** The time of day at which it was taken, in the local time zone: `14:03:22`. */
export function timeOf(checkpoint: Checkpoint): string {
  const time = new Date(checkpoint.createdAt);
  if (Number.isNaN(time.getTime())) return checkpoint.createdAt;
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((n) => `${n}`.padStart(2, "0"))
    .join(":");
}

/** The bold part of a row: number, then its label or, without one, the function it is in. */
export function titleOf(checkpoint: Checkpoint): string {
  return `#${checkpoint.id} ${checkpoint.label || checkpoint.functionName || placeOf(checkpoint)}`;
}

/** The faint part of a row: whatever of function and file:line the title does not say, and the time. */
export function descriptionOf(checkpoint: Checkpoint, isCurrent: boolean): string {
  const title = checkpoint.label || checkpoint.functionName || placeOf(checkpoint);
  const parts = [checkpoint.functionName, placeOf(checkpoint)].filter((part) => part && part !== title);
  return (isCurrent ? "◂ " : "") + [...parts, timeOf(checkpoint)].join(" · ");
}

/** A row in words, for screen readers. */
export function spokenTextOf(checkpoint: Checkpoint, isCurrent: boolean): string {
  const names = [checkpoint.label, checkpoint.functionName, placeOf(checkpoint), timeOf(checkpoint)];
  const current = isCurrent ? ", the live process came from here" : "";
  const restored = fidelitySummaryOf(checkpoint);
  const end = restored === undefined ? current : `${current}. ${restored.words}`;
  return `${checkpoint.kind} checkpoint ${checkpoint.id}, ${names.filter(Boolean).join(", ")}${end}`;
}

/** A number of bytes for people: `812 B`, `4.0 KiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / 1024;
  while (value >= 1024 && units.length > 1) {
    value /= 1024;
    units.shift();
  }
  return `${value.toFixed(1)} ${units[0]}`;
}

/** Makes text safe where VS Code puts an icon in place of `$(name)`: in the rows of a quick pick. */
export function escapeIcons(text: string): string {
  return text.replace(/\$(?=\([A-Za-z0-9-]+(~[A-Za-z]+)?\))/g, "\\$$");
}

/** Makes text safe inside VS Code's Markdown, HTML included, and theme icons, which it looks for in what it has rendered. */
export function escapeMarkdown(text: string): string {
  return escapeIcons(text)
    .replace(/[\\`*_{}[\]()#+\-.!|<>~&$]/g, "\\$&")
    .replace(/\s*\n\s*/g, " ");
}

/** Everything there is to say about a checkpoint, as Markdown with theme icons. */
export function tooltipOf(checkpoint: Checkpoint, isCurrent: boolean): string {
  const { functionName } = checkpoint;
  const label = checkpoint.label ? ` ${escapeMarkdown(checkpoint.label)}` : "";
  const place = escapeMarkdown(placeOf(checkpoint));
  const origin = checkpoint.parentId === undefined ? "the launch" : `checkpoint ${checkpoint.parentId}`;
  const rows = [
    ["Place", functionName ? `${escapeMarkdown(functionName)} at ${place}` : place],
    checkpoint.stopReason === "running"
      ? ["Taken while", "it was running"]
      : ["Stopped by", escapeMarkdown(checkpoint.stopReason)],
    ["Taken", escapeMarkdown(timeOf(checkpoint))],
    ["Reached from", origin],
    ["Process", `${checkpoint.processId} (frozen copy ${checkpoint.copyProcessId})`],
    ["Threads", `${checkpoint.threads.length}`],
  ];
  if (checkpoint.privateBytes !== undefined)
    rows.push(["Memory of its own", escapeMarkdown(formatBytes(checkpoint.privateBytes))]);
  const sections = [
    `**Checkpoint ${checkpoint.id}**${label}`,
    kindSentences[checkpoint.kind] + (isCurrent ? " The live process came from here." : ""),
    ["| | |", "|:--|:--|", ...rows.map(([name, value]) => `| ${name}&nbsp;&nbsp; | ${value} |`)].join("\n"),
  ];
  if (checkpoint.fidelity.length > 0) sections.push("---", fidelityLines(checkpoint.fidelity).join("  \n"));
  sections.push("_Click to restart from here._");
  return sections.join("\n\n");
}

const concern: Record<Fidelity["state"], number> = { notRestored: 0, approximate: 1, restored: 2 };

/** What is not restored first, then what is approximately, then the rest; each as it came. */
export function byConcern(fidelity: readonly Fidelity[]): Fidelity[] {
  return [...fidelity].sort((a, b) => concern[a.state] - concern[b.state]);
}

/** `not restored: the system does not permit …`, in plain text; of what is restored only the detail. */
export function fidelityTextOf({ state, detail }: Fidelity): string {
  if (state === "restored" && detail) return detail;
  const words = { restored: "restored", approximate: "approximately", notRestored: "not restored" }[state];
  return detail ? `${words}: ${detail}` : words;
}

/** A badge of one character with its meaning, or nothing when a restart brings everything back. */
export function fidelitySummaryOf({ fidelity }: Checkpoint): { badge: string; words: string } | undefined {
  const count = (state: Fidelity["state"]) => fidelity.filter((each) => each.state === state).length;
  const [lost, rough] = [count("notRestored"), count("approximate")];
  if (lost + rough === 0) return undefined;
  const parts = [
    ...(lost > 0 ? [`${lost} not restored`] : []),
    ...(rough > 0 ? [`${rough} restored approximately`] : []),
  ];
  return { badge: lost > 0 ? "!" : "≈", words: `A restart: ${parts.join(", ")}` };
}

/** A line for each resource that a restart does not bring back whole, and one for all the others. */
function fidelityLines(fidelity: readonly Fidelity[]): string[] {
  const restored = new Set(
    fidelity.filter(({ state }) => state === "restored").map(({ resource }) => resource),
  );
  const icons = { restored: "$(check)", approximate: "$(info)", notRestored: "$(warning)" };
  const whole = [...restored].map(escapeMarkdown).join(", ");
  return [
    ...byConcern(fidelity)
      .filter(({ state }) => state !== "restored")
      .map(
        (each) =>
          `${icons[each.state]} **${escapeMarkdown(each.resource)}** ${escapeMarkdown(fidelityTextOf(each))}`,
      ),
    ...(whole === "" ? [] : [`${icons.restored} **restored** ${whole}`]),
  ];
}

/** One line of plain text for the clipboard. */
export function copyTextOf(checkpoint: Checkpoint): string {
  const label = checkpoint.label ? ` "${checkpoint.label}"` : "";
  const file = checkpoint.source?.path ?? checkpoint.source?.name;
  const place = file && checkpoint.line !== undefined ? `${file}:${checkpoint.line}` : placeOf(checkpoint);
  const where = checkpoint.functionName ? `${checkpoint.functionName} at ${place}` : place;
  const address = checkpoint.instructionPointerReference;
  return `Checkpoint ${checkpoint.id}${label}: ${where} (${address}), process ${checkpoint.processId}, ${checkpoint.createdAt}`;
}

/** The sentence above the tree while the program is at its exit, or nothing. */
export function exitMessage(list: CheckpointList): string | undefined {
  if (!list.exited) return undefined;
  const { exitCode, signal } = list.exited;
  const how = signal
    ? `The program was ended by ${signal}.`
    : `The program is exiting with code ${exitCode ?? 0}.`;
  return list.checkpoints.length > 0 ? `${how} Click a checkpoint to go back.` : how;
}

/** The files whose contents a checkpoint would write back, as the adapter words it; undefined: there are none. */
export function keptFilesOf({ fidelity }: Checkpoint): string | undefined {
  const kept = fidelity.filter(({ resource, state, detail }) => {
    if (state !== "restored") return false;
    return (
      resource === "file contents" || (resource === "mapped files" && detail?.startsWith("written back"))
    );
  });
  return kept.length === 0 ? undefined : kept.map(({ detail }) => detail).join("\n");
}
