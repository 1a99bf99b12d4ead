/** Where a thread stands, as steps compare it: its frame, its inlined calls, its line. */
import type { InlinedCall } from "../../symbols/types";
import { toMemory } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import { inlinedCalls } from "../stack/inlinedCalls";
import { lineAt, type StepGround } from "./stepGround";

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

export interface StepOrigin {
  readonly threadId: number;
  /** Of the physical frame: what the stack pointer is in its caller after its return. */
  readonly cfa: MemoryAddress;
  readonly functionEntry: MemoryAddress | undefined;
  /** The inlined calls that the person sees themselves in, outermost first. */
  readonly visible: readonly InlinedCall[];
  /** The line that is to be left. */
  readonly line: SourceLine | undefined;
}

/** Where the thread stands now, hidden inlined calls left out; undefined when its frame cannot be told. */
export function originOf(ground: StepGround, threadId: number): StepOrigin | undefined {
  const { frames, modules } = ground;
  const frame = frames.physical(threadId, 0);
  if (frame?.cfa === undefined) return undefined;
  const calls = inlinedCalls(modules, frame.pc);
  const visible = calls.slice(0, calls.length - frames.hidden(threadId));
  const hiddenCall = calls[visible.length];
  const entry = lineAt(ground, frame.pc);
  return {
    threadId,
    cfa: frame.cfa,
    functionEntry: entryOf(frame),
    visible,
    line: hiddenCall === undefined ? entry : callSite(hiddenCall),
  };
}

function entryOf(
  frame: NonNullable<ReturnType<StepGround["frames"]["physical"]>>,
): MemoryAddress | undefined {
  const { module } = frame;
  return frame.function === undefined || module === undefined
    ? undefined
    : toMemory(frame.function.entry, module.bias);
}

/** Where an inlined call was written. */
export function callSite(call: InlinedCall): SourceLine | undefined {
  return call.callFile === undefined || call.callLine === undefined
    ? undefined
    : { file: call.callFile, line: call.callLine };
}

export function sameLine(a: SourceLine | undefined, b: SourceLine | undefined): boolean {
  return a !== undefined && b !== undefined && a.line === b.line && a.file === b.file;
}

/** How many outer inlined calls two stacks (outermost first) have in common. */
export function commonDepth(a: readonly InlinedCall[], b: readonly InlinedCall[]): number {
  let depth = 0;
  while (depth < a.length && depth < b.length && a[depth]?.die === b[depth]?.die) depth++;
  return depth;
}

export type Relation =
  | { readonly kind: "same" }
  /** The origin's frame is gone. */
  | { readonly kind: "left" }
  /** In something the origin called, or that interrupted it: index of the frame that it goes back to. */
  | { readonly kind: "deeper"; readonly back: number; readonly interrupted: boolean }
  | { readonly kind: "unknown" };

/** Frames that a step may enter at once: a call, or a signal's handler over its trampoline. */
const NEAREST = 4;

/** How the thread's innermost physical frame relates to the origin's. */
export function relate(ground: StepGround, origin: StepOrigin): Relation {
  const { frames } = ground;
  const { threadId } = origin;
  const here = frames.physical(threadId, 0);
  if (here === undefined) return { kind: "unknown" };
  let interrupted = here.isTrampoline;
  if (here.cfa === origin.cfa && entryOf(here) === origin.functionEntry) return { kind: "same" };
  for (let back = 1; back <= NEAREST; back++) {
    const frame = frames.physical(threadId, back);
    if (frame === undefined) break;
    if (frame.cfa === origin.cfa && entryOf(frame) === origin.functionEntry)
      return { kind: "deeper", back, interrupted };
    interrupted ||= frame.isTrampoline;
  }
  if (here.sp >= origin.cfa) return { kind: "left" };
  // A tail call: the origin's frame is gone, and what was called returns to the origin's caller.
  if (here.cfa === origin.cfa) return { kind: "deeper", back: 1, interrupted: false };
  return { kind: "unknown" };
}
