/** The commands of the Debug Console: GDB's words for checkpoints. Only these exact forms are commands. */
import type { Checkpoint, CheckpointList } from "../protocol";

export type ConsoleCommand =
  | { readonly kind: "create"; readonly label?: string }
  | { readonly kind: "restart"; readonly id: string }
  | { readonly kind: "list" }
  | { readonly kind: "delete"; readonly ids: readonly string[] }
  | { readonly kind: "detach"; readonly id: string };

/** What completions offer, with the text that is put in. */
export const commandCompletions: readonly { readonly label: string; readonly detail: string }[] = [
  { label: "checkpoint", detail: "checkpoint [label]: take a checkpoint" },
  { label: "restart ", detail: "restart N: go back to a checkpoint" },
  { label: "info checkpoints", detail: "list the checkpoints" },
  { label: "delete checkpoint ", detail: "delete checkpoint N [M ...]: free checkpoints" },
  { label: "detach checkpoint ", detail: "detach checkpoint N: let a copy of it run free" },
  { label: "delete-checkpoint ", detail: "delete-checkpoint N: free a checkpoint" },
];

/**
 * Reads a line of the console. Undefined: it is an expression.
 * @param isVariable whether a word names a variable in scope; then `word`, and `word` with an operator behind it, are
 * expressions and not commands.
 */
export async function parseConsoleCommand(
  line: string,
  isVariable: (word: string) => Promise<boolean>,
): Promise<ConsoleCommand | undefined> {
  const command = matchCommand(line.trim().replace(/\s+/g, " "));
  if (command?.mayBeExpression && (await isVariable(command.mayBeExpression))) return undefined;
  return command?.command;
}

interface Match {
  readonly command: ConsoleCommand;
  /** The first word, when the line could also be a C expression that begins with it. */
  readonly mayBeExpression?: string;
}

function matchCommand(line: string): Match | undefined {
  if (/^info (checkpoints?|forks)$/.test(line)) return { command: { kind: "list" } };
  const deletion = /^(?:delete checkpoint((?: -?\w+)+)|delete-checkpoint( -?\w+))$/.exec(line);
  if (deletion) {
    const ids = (deletion[1] ?? deletion[2] ?? "").trim().split(" ");
    return { command: { kind: "delete", ids } };
  }
  const detach = /^detach checkpoint (-?\w+)$/.exec(line);
  if (detach) return { command: { kind: "detach", id: detach[1] ?? "" } };
  const restart = /^restart (-?\w+)$/.exec(line);
  if (restart) return withFirstWord("restart", restart[1] ?? "", { kind: "restart", id: restart[1] ?? "" });
  const create = /^checkpoint(?: (.+))?$/.exec(line);
  if (!create) return undefined;
  const label = create[1];
  return withFirstWord("checkpoint", label ?? "", {
    kind: "create",
    ...(label === undefined ? {} : { label }),
  });
}

/** Characters of a label in a line of the list. */
const LONGEST_LABEL = 100;

/** Two words side by side are never C; a word alone or before an operator may be. */
function withFirstWord(word: string, rest: string, command: ConsoleCommand): Match {
  return /^\w/.test(rest) ? { command } : { command, mayBeExpression: word };
}

/** The list as GDB's `info checkpoints` prints it, the one that the live process came from starred. */
export function formatCheckpointList(list: CheckpointList): string {
  if (list.checkpoints.length === 0) return "No checkpoints.";
  return list.checkpoints
    .map((each) => `${each.id === list.currentParentId ? "*" : " "} ${formatCheckpoint(each)}`)
    .join("\n");
}

/** A label as a part of one line: line ends and the like as spaces, not all of a very long one. */
function oneLine(label: string): string {
  const characters = [...label.replace(/[\s\p{Cc}]+/gu, " ")];
  return characters.length <= LONGEST_LABEL
    ? characters.join("")
    : `${characters.slice(0, LONGEST_LABEL).join("")}…`;
}

/** One checkpoint: its number, its frozen process, and its place. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { id, copyProcessId, instructionPointerReference, source, functionName, line, label } = checkpoint;
  const file = source?.name ?? source?.path;
  const place =
    file === undefined ? (functionName ? `, ${functionName}` : "") : `, file ${file}, line ${line ?? 0}`;
  const named = label === undefined ? "" : `, "${oneLine(label)}"`;
  return `${id} process ${copyProcessId} at ${instructionPointerReference}${place}${named}`;
}
