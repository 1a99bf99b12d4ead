/** Requests that look at the stopped program's frames and variables, and change them. */
import type { DebugProtocol } from "@vscode/debugprotocol";
import { explainSignal } from "../debugger/signals";
import { UserError, type VariableNode } from "../debugger/types";
import { frameOf, liveThread, optionalCount, text, wholeNumber, type SessionContext } from "./context";
import { toStackFrame, toVariable } from "./convert";
import type { Handlers } from "./requests";

/** How many frames are unwound at most for a client that does not page. */
const mostFrames = 10_000;

export function dataRequests(context: SessionContext): Handlers {
  const tellDamage = damageTeller(context);
  const row = (node: VariableNode) => toVariable(node, context.stopped.reference(node));

  return {
    stackTrace(args) {
      const body = stackTrace(context, args);
      tellDamage();
      return body;
    },
    scopes: ({ frameId }) => scopes(context, wholeNumber(frameId, "frameId")),
    async variables({ variablesReference, filter, start, count }) {
      const reference = wholeNumber(variablesReference, "variablesReference");
      const first = optionalCount(start, "start", 0);
      const most = optionalCount(count, "count", 0);
      const page = { kind: kindOf(filter), start: first, count: most === 0 ? undefined : most };
      const nodes = await context.stopped.children(reference, page);
      tellDamage();
      return { variables: nodes.map(row) };
    },
    async setVariable({ variablesReference, name, value }) {
      const reference = wholeNumber(variablesReference, "variablesReference");
      const node = await context.stopped.row(reference, text(name, "name"));
      return assigned(await assign(node, text(value, "value")));
    },
    async setExpression({ expression, value, frameId }) {
      const frame = frameOf(context.stopped, frameId);
      const node = await context.debugger.evaluate(text(expression, "expression"), frame, "watch");
      return assigned(await assign(node, text(value, "value")));
    },
    exceptionInfo() {
      const { stop } = context.stopped;
      const { signal, exception } = stop.origin ?? stop;
      if (exception)
        return { exceptionId: exception.name, description: exception.description, breakMode: "always" };
      if (!signal) throw new UserError("The program did not stop for a signal or an exception.");
      return {
        exceptionId: signal.name,
        description: explainSignal(signal),
        breakMode: "always",
        details: { typeName: signal.name, message: explainSignal(signal) },
      };
    },
  };

  function assigned(node: VariableNode) {
    const { value, type, variablesReference, namedVariables, indexedVariables, memoryReference } = row(node);
    return { value, type, variablesReference, namedVariables, indexedVariables, memoryReference };
  }
}

/** DAP's `filter`: children of which kind are wanted. Throws UserError for one that DAP does not have. */
function kindOf(filter: unknown): "indexed" | "named" | undefined {
  if (filter === undefined || filter === "indexed" || filter === "named") return filter;
  throw new UserError(`"filter" must be "indexed" or "named", not ${JSON.stringify(filter)}.`);
}

/** Debug information is read when it is needed, so what is wrong with it, or missing, shows late: it is told once, when it does. */
function damageTeller(context: SessionContext): () => void {
  const told = new Set<string>();
  return () => {
    for (const { symbols } of context.debugger.modules) {
      const sentence = symbols.damage;
      if (sentence === undefined || told.has(symbols.path)) continue;
      told.add(symbols.path);
      context.send("output", { category: "important", output: `${sentence}\n` });
    }
  };
}

function assign(node: VariableNode, value: string): Promise<VariableNode> {
  if (!node.assign) throw new UserError(`${node.name} ${node.readOnlyReason ?? "cannot be changed."}`);
  return node.assign(value);
}

function stackTrace(
  context: SessionContext,
  args: DebugProtocol.StackTraceArguments,
): DebugProtocol.StackTraceResponse["body"] {
  const threadId = liveThread(context, args.threadId);
  const { stopped } = context;
  const start = optionalCount(args.startFrame, "startFrame", 0);
  const count = optionalCount(args.levels, "levels", 0) || mostFrames;
  const { frames, total } = context.debugger.frames(threadId, start, count);
  const seen = start + frames.length;
  // More may follow that nobody has unwound: one more than seen makes a client ask for the next page.
  const totalFrames = total ?? (frames.length < count ? seen : seen + 1);
  return { stackFrames: frames.map((frame) => toStackFrame(frame, stopped.frameId(frame))), totalFrames };
}

function scopes(context: SessionContext, frameId: number): DebugProtocol.ScopesResponse["body"] {
  const { stopped } = context;
  const frame = stopped.frame(frameId);
  if (!frame) return { scopes: [] };
  const list = context.debugger.scopes(frame).map((scope) => ({
    name: scope.name,
    expensive: scope.expensive,
    variablesReference: stopped.reference(scope),
    ...(scope.count === undefined ? {} : { namedVariables: scope.count }),
    ...hintOf(scope.name),
  }));
  return { scopes: list };
}

function hintOf(name: string): { presentationHint?: "arguments" | "locals" | "registers" } {
  if (name === "Arguments") return { presentationHint: "arguments" };
  if (name === "Locals") return { presentationHint: "locals" };
  return name === "Registers" ? { presentationHint: "registers" } : {};
}
