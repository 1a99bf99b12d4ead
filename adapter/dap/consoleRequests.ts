/** Evaluating: expressions from everywhere, and the Debug Console with its commands and completions. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { EvaluateMode } from "../debugger/debugger";
import type { VariableNode } from "../debugger/types";
import { toCheckpointId } from "./checkpointRequests";
import {
  commandCompletions,
  formatCheckpoint,
  formatCheckpointList,
  parseConsoleCommand,
  type ConsoleCommand,
} from "./consoleCommands";
import { detachedLine } from "./inspectionRequests";
import { frameOf, text, wholeNumber, type SessionContext } from "./context";
import { toCheckpoint, toCheckpointList, toEvaluated } from "./convert";
import type { Handlers } from "./requests";
import { UserError } from "../debugger/types";

const modes: readonly EvaluateMode[] = ["repl", "watch", "hover", "variables", "clipboard"];

export function consoleRequests(context: SessionContext): Handlers {
  return {
    async evaluate(args) {
      const expression = text(args.expression, "expression");
      const command =
        args.context === "repl" ? await commandIn(context, expression, args.frameId) : undefined;
      if (command) return { result: await runCommand(context, command), variablesReference: 0 };
      return evaluateExpression(context, expression, args);
    },
    async completions(args) {
      const typed = text(args.text, "text");
      const column = wholeNumber(args.column, "column") - 1;
      const frame = context.stoppedOrNot && frameOf(context.stoppedOrNot, args.frameId);
      const found = context.stoppedOrNot ? await context.debugger.completions(typed, column, frame) : [];
      return { targets: [...commandTargets(typed, column), ...found.map(toItem)] };
    },
  };
}

async function evaluateExpression(
  context: SessionContext,
  expression: string,
  args: DebugProtocol.EvaluateArguments,
): Promise<DebugProtocol.EvaluateResponse["body"]> {
  const { stopped } = context;
  const mode = modes.find((each) => each === args.context) ?? "repl";
  const node = await context.debugger.evaluate(expression, frameOf(stopped, args.frameId), mode);
  return toEvaluated(node, stopped);
}

async function commandIn(
  context: SessionContext,
  line: string,
  frameId: number | undefined,
): Promise<ConsoleCommand | undefined> {
  return parseConsoleCommand(line, async (word) => {
    const state = context.stoppedOrNot;
    if (!state) return false;
    try {
      return isObject(await context.debugger.evaluate(word, frameOf(state, frameId), "hover"));
    } catch {
      return false;
    }
  });
}

/** A function of the same name does not hide a command: `int (int)`, in contrast to a pointer `int (*)(int)`. */
function isObject(node: VariableNode): boolean {
  return !/^[^(]*\((?!\*)/.test(node.typeName);
}

async function runCommand(context: SessionContext, command: ConsoleCommand): Promise<string> {
  const { debugger: core } = context;
  switch (command.kind) {
    case "create":
      context.requireProgram();
      return `Checkpoint ${formatCheckpoint(toCheckpoint(await core.createCheckpoint(command.label)))}`;
    case "list":
      return formatCheckpointList(toCheckpointList(core.checkpoints()));
    case "restart":
      context.requireProgram();
      await core.restartCheckpoint(toId(command.id));
      return `Restarted from checkpoint ${command.id}.`;
    case "delete":
      return deleteAll(context, command.ids.map(toId));
    case "detach": {
      context.requireProgram();
      const { processId, note } = await core.detachCheckpoint(toId(command.id));
      return detachedLine(toId(command.id), processId, note);
    }
  }
}

/** All of them or none: a wrong number among them changes nothing. */
async function deleteAll({ debugger: core }: SessionContext, ids: readonly number[]): Promise<string> {
  const alive = new Set(core.checkpoints().checkpoints.map(({ id }) => id));
  const wrong = ids.find((id) => !alive.has(id));
  if (wrong !== undefined) throw new UserError(`No checkpoint ${wrong}.`);
  const wanted = [...new Set(ids)];
  for (const id of wanted) await core.deleteCheckpoint(id);
  return wanted.length === 1
    ? `Deleted checkpoint ${wanted[0]}.`
    : `Deleted checkpoints ${wanted.join(", ")}.`;
}

function toId(word: string): number {
  if (!/^\d+$/.test(word)) throw new UserError(`No checkpoint ${word}.`);
  return toCheckpointId(Number(word));
}

/** DAP counts columns from 1, as the client was told in `initialize`. */
function commandTargets(typed: string, column: number): DebugProtocol.CompletionItem[] {
  const before = typed.slice(0, column).trimStart();
  const start = column - before.length;
  return commandCompletions
    .filter(({ label }) => label.startsWith(before) && label !== before)
    .map(({ label, detail }) => ({
      label: label.trimEnd(),
      text: label,
      detail,
      type: "keyword",
      start: start + 1,
      length: before.length,
    }));
}

function toItem(completion: Awaited<ReturnType<SessionContext["debugger"]["completions"]>>[number]) {
  const { label, kind, detail, start, length } = completion;
  const types = { variable: "variable", member: "field", function: "function", register: "value" } as const;
  return { label, type: types[kind], start: start + 1, length, ...(detail === undefined ? {} : { detail }) };
}
