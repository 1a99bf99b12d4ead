/** The debugger's words into DAP's: pure functions. */
import path from "node:path";
import type { DebugProtocol } from "@vscode/debugprotocol";
import type { CheckpointInfo, CheckpointListInfo } from "../debugger/checkpoints/checkpointTypes";
import type {
  BreakpointState,
  DebuggerEvents,
  Frame,
  LoadedModule,
  Stop,
  VariableNode,
} from "../debugger/types";
import type { Checkpoint, CheckpointList, ExitState } from "../protocol";
import { formatAddress, memoryAddress, type MemoryAddress } from "../target/addresses";

type ExitStatus = Parameters<DebuggerEvents["exited"]>[0];
type Thread = CheckpointInfo["threads"][number];

/** A source file by its path. */
export function toSource(file: string): DebugProtocol.Source {
  return { name: path.basename(file), path: file };
}

export function toThread(thread: Thread): DebugProtocol.Thread {
  return { id: thread.id, name: `${thread.name} (${thread.tid})` };
}

/** Without columns in the debug information (-gno-column-info) it is the line's first one: DAP counts from 1. */
function columnOf({ column }: { readonly column: number }): number {
  return Math.max(1, column);
}

export function toStackFrame(frame: Frame, id: number): DebugProtocol.StackFrame {
  const { module } = frame;
  // A relative path (Debian's glibc has such) names no file; a client would ask the adapter for its text.
  const source = frame.source && path.isAbsolute(frame.source.path) ? frame.source : undefined;
  return {
    id,
    name: frame.functionName,
    line: source?.line ?? 0,
    column: source ? columnOf(source) : 0,
    instructionPointerReference: formatAddress(frame.pc),
    ...(source ? { source: { ...toSource(source.path), ...hintFor(source.path) } } : {}),
    ...(isSubtle(frame, source) ? { presentationHint: "subtle" as const } : {}),
    ...(module ? { moduleId: module.id } : {}),
  };
}

/**
 * Clients show subtle frames paler, or fold them away: those without a source, and of functions that have left by a jump. The
 * innermost one stays in sight, or a stop in a library would show none.
 */
function isSubtle({ index, tailCall }: Frame, source: Frame["source"]): boolean {
  return index > 0 && (source === undefined || tailCall !== undefined || isRustsOwn(source.path));
}

/** What Rust's library was built from, by Rust's makers or a distribution's: mostly on no other machine. */
const RUSTS_OWN = /^\/rustc\/|\/rustc-[^/]+\/(?:.+\/)?library\/[^/]+\/src\//;

function isRustsOwn(file: string): boolean {
  return RUSTS_OWN.test(file);
}

/** Without it VS Code shows a panic in a file that it cannot open, and not in the program's own. */
function hintFor(file: string): Pick<DebugProtocol.Source, "presentationHint"> {
  return isRustsOwn(file) ? { presentationHint: "deemphasize" } : {};
}

export function toVariable(node: VariableNode, variablesReference: number): DebugProtocol.Variable {
  const { indexedCount, namedCount, evaluateName, memoryReference } = node;
  return {
    name: node.name,
    value: node.value,
    type: node.typeName,
    variablesReference,
    ...(indexedCount === undefined ? {} : { indexedVariables: indexedCount }),
    ...(namedCount === undefined ? {} : { namedVariables: namedCount }),
    ...(evaluateName === undefined ? {} : { evaluateName }),
    ...(memoryReference === undefined ? {} : { memoryReference: formatAddress(memoryReference) }),
    presentationHint: {
      ...(node.lazy ? { lazy: true } : {}),
      ...(node.readOnly ? { attributes: ["readOnly"] } : {}),
    },
  };
}

/** The body of an `evaluate` response; what has children is remembered by the stop, while there is one. */
export function toEvaluated(
  node: VariableNode,
  stop: { reference(node: VariableNode): number } | undefined,
): DebugProtocol.EvaluateResponse["body"] {
  const row = toVariable(node, stop?.reference(node) ?? 0);
  const { type, variablesReference, namedVariables, indexedVariables, memoryReference, presentationHint } =
    row;
  const counts = { namedVariables, indexedVariables };
  return { result: row.value, type, variablesReference, ...counts, memoryReference, presentationHint };
}

export function toBreakpoint(state: BreakpointState): DebugProtocol.Breakpoint {
  const { id, verified, message, path: file, line, address } = state;
  return {
    id,
    verified,
    ...(message === undefined ? {} : { message }),
    ...(file === undefined ? {} : { source: toSource(file) }),
    ...(line === undefined ? {} : { line }),
    ...(address === undefined ? {} : { instructionReference: formatAddress(address) }),
  };
}

export function toStopped(stop: Stop): DebugProtocol.StoppedEvent["body"] {
  const { reason, description, text, threadId, breakpointIds } = stop;
  return {
    reason,
    threadId,
    allThreadsStopped: true,
    ...(description === undefined ? {} : { description }),
    ...(text === undefined ? {} : { text }),
    ...(breakpointIds === undefined ? {} : { hitBreakpointIds: [...breakpointIds] }),
  };
}

/** DAP has only a number: a signal is told as a shell does, 128 and its number. */
export function toExitCode(status: ExitStatus): number {
  return "exitCode" in status ? status.exitCode : 128 + status.signal;
}

export function toExitState(status: ExitStatus): ExitState {
  return "exitCode" in status ? { exitCode: status.exitCode } : { signal: status.signalName };
}

/** A module as its event tells it; where its debug information is would have to be looked for first. */
export function toModule(module: LoadedModule): DebugProtocol.Module {
  const { symbols, bias, id } = module;
  const first = symbols.segments[0];
  return {
    id,
    name: path.basename(symbols.path),
    path: symbols.path,
    ...(first ? { addressRange: formatAddress(first.range.low + bias) } : {}),
  };
}

/** The same with what is known of its debug information. */
export function toModuleDetails(module: LoadedModule): DebugProtocol.Module {
  const { debugFile, damage } = module.symbols;
  if (debugFile === undefined) return { ...toModule(module), symbolStatus: "No debug information" };
  const symbolStatus = damage === undefined ? "Debug information loaded" : "Debug information incomplete";
  return { ...toModule(module), symbolStatus, symbolFilePath: debugFile };
}

export function toCheckpoint(info: CheckpointInfo): Checkpoint {
  let checkpoint = converted.get(info);
  if (checkpoint === undefined) converted.set(info, (checkpoint = convertCheckpoint(info)));
  return checkpoint;
}

/** Every change tells the whole list, of which most stays as it was: a changed checkpoint is another object. */
const converted = new WeakMap<CheckpointInfo, Checkpoint>();

function convertCheckpoint(info: CheckpointInfo): Checkpoint {
  const { pc, createdAt, source, threads, fidelity, ...same } = info;
  return {
    threads: threads.map(({ id, name, tid }) => ({ id, name, tid })),
    ...(source ? { source: toSource(source.path), line: source.line, column: columnOf(source) } : {}),
    instructionPointerReference: formatAddress(pc),
    createdAt: createdAt.toISOString(),
    fidelity: fidelity.map((each) => ({ ...each })),
    ...same,
  };
}

export function toCheckpointList(list: CheckpointListInfo): CheckpointList {
  const { checkpoints, currentParentId, exited } = list;
  return {
    checkpoints: checkpoints.map(toCheckpoint),
    ...(currentParentId === undefined ? {} : { currentParentId }),
    ...(exited === undefined ? {} : { exited: toExitState(exited) }),
  };
}

/** A memory reference as this adapter gives them out, `0x` and hexadecimal; decimal is taken too. Undefined when it is neither. */
export function parseAddress(reference: unknown): MemoryAddress | undefined {
  if (typeof reference !== "string" || !/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(reference.trim()))
    return undefined;
  return memoryAddress(BigInt(reference.trim()));
}
