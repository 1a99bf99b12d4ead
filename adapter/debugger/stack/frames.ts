/**
 * The frames of a stopped thread as a person sees them: physical ones, the calls inlined into them, and functions that have left by
 * a jump to another.
 */
import type { InlinedCall, LexicalScope } from "../../symbols/types";
import { contains, formatAddress, toFile } from "../../target/addresses";
import type { MemoryAddress } from "../../target/addresses";
import type { Target } from "../../target/target";
import type { SourcePaths } from "../modules/sourcePaths";
import type { Frame, FrameRegisters, LoadedModule, ModuleList, Write } from "../types";
import { callsBeginningAt, inlinedCalls } from "./inlinedCalls";
import { PhysicalFrames, type PhysicalFrame } from "./physicalFrames";
import { tailFrames, type FramePlace } from "./tailFrames";

/** How many frames are looked at for one that has its source. */
const NEAR_FRAMES = 16;

export interface FramePage {
  readonly frames: readonly Frame[];
  /** Known once the outermost frame was reached. */
  readonly total?: number;
}

/** How many of its innermost inlined calls each thread has hidden. It is a person's place beside what registers and memory tell. */
export type HiddenCalls = ReadonlyMap<number, number>;

type Source = NonNullable<Frame["source"]>;

/** One thread's frames at one stop. */
class ThreadFrames {
  private readonly shown: Frame[] = [];
  private nextPhysical = 0;
  private complete = false;
  readonly physical: PhysicalFrames;

  constructor(
    private readonly ground: FrameGround,
    private readonly threadId: number,
    /** Innermost inlined calls whose code has not begun: a step shows their call first. */
    readonly hidden: number,
  ) {
    this.physical = new PhysicalFrames(ground.target, ground.modules, threadId);
  }

  page(start: number, count: number): FramePage {
    while (!this.complete && this.shown.length < start + count) this.expand();
    const frames = this.shown.slice(start, start + count);
    return this.complete ? { frames, total: this.shown.length } : { frames };
  }

  /** The same frames as the thread has them now. */
  renewed(): ThreadFrames {
    const renewed = new ThreadFrames(this.ground, this.threadId, 0);
    const stays = this.hidden > 0 && this.physical.at(0)?.pc === renewed.physical.at(0)?.pc;
    return stays ? new ThreadFrames(this.ground, this.threadId, this.hidden) : renewed;
  }

  /** Whether the frames found so far are others than those of a later look. */
  differsFrom(later: ThreadFrames): boolean {
    const { frames, total } = later.page(0, this.shown.length);
    if (this.complete && total !== undefined && total !== this.shown.length) return true;
    return this.shown.some(({ pc, cfa }, index) => pc !== frames[index]?.pc || cfa !== frames[index].cfa);
  }

  private expand(): void {
    const frame = this.physical.at(this.nextPhysical);
    if (frame === undefined) {
      this.complete = true;
      return;
    }
    const inner = this.physical.at(this.nextPhysical - 1);
    const hidden = this.nextPhysical++ === 0 ? this.hidden : 0;
    const left = inner === undefined ? [] : tailFrames(this.ground, inner, frame);
    for (const place of left) this.shown.push(...this.visible(place, 0));
    this.shown.push(...this.visible(frame, hidden));
  }

  private visible(physical: FramePlace, hidden: number): Frame[] {
    const calls = physical.isTrampoline ? [] : inlinedCalls(this.ground.modules, physical.lookupPc).reverse();
    const frames: Frame[] = [];
    for (let level = Math.min(hidden, calls.length); level <= calls.length; level++)
      frames.push(this.make(physical, calls, level, this.shown.length + frames.length));
    return frames;
  }

  /** `level`: how many inlined calls lie inside this frame; `calls`: innermost first. */
  private make(physical: FramePlace, calls: readonly InlinedCall[], level: number, index: number): Frame {
    const own = calls[level];
    const source = physical.isTrampoline ? undefined : this.sourceOf(physical, calls[level - 1]);
    return new ShownFrame(physical, {
      threadId: this.threadId,
      index,
      functionName: own?.functionName ?? nameOf(physical),
      inlineLevel: level,
      isInlined: own !== undefined,
      source: source && { ...source, path: this.ground.sources.local(source.path) },
    });
  }

  /** In a frame that calls inlined code, the place of that call. */
  private sourceOf(physical: FramePlace, inner: InlinedCall | undefined): Source | undefined {
    const { module, lookupPc } = physical;
    // Line 0 is none: what the compiler made stands nowhere in the source (DWARF 5, section 6.2.2).
    if (inner?.callLine === 0) return undefined;
    if (inner?.callFile !== undefined && inner.callLine !== undefined)
      return { path: inner.callFile, line: inner.callLine, column: inner.callColumn ?? 0 };
    const entry = module?.symbols.lineAt(toFile(lookupPc, module.bias));
    if (entry === undefined || entry.line === 0) return undefined;
    return { path: entry.file, line: entry.line, column: entry.column };
  }
}

type Shown = Pick<Frame, "threadId" | "index" | "functionName" | "inlineLevel" | "isInlined" | "source">;

/** What takes a look into memory or debug information is found out when it is asked for. */
class ShownFrame implements Frame {
  readonly threadId: number;
  readonly index: number;
  readonly pc: MemoryAddress;
  readonly lookupPc: MemoryAddress;
  readonly module: LoadedModule | undefined;
  readonly functionName: string;
  readonly function: Frame["function"];
  readonly inlineLevel: number;
  readonly isInlined: boolean;
  readonly isSignalHandlerCaller: boolean;
  readonly tailCall: Frame["tailCall"];
  readonly source: Frame["source"];
  readonly registers: FrameRegisters;

  constructor(
    private readonly physical: FramePlace,
    shown: Shown,
  ) {
    this.threadId = shown.threadId;
    this.index = shown.index;
    this.pc = physical.pc;
    this.lookupPc = physical.lookupPc;
    this.module = physical.module;
    this.functionName = shown.functionName;
    this.function = physical.function;
    this.inlineLevel = shown.inlineLevel;
    this.isInlined = shown.isInlined;
    this.isSignalHandlerCaller = physical.isTrampoline;
    this.tailCall = physical.tailCall;
    this.source = shown.source;
    this.registers = physical.registers;
  }

  get cfa(): MemoryAddress | undefined {
    return this.physical.cfa;
  }

  get scopes(): readonly LexicalScope[] {
    const { module, inlineLevel } = this;
    if (module === undefined || this.isSignalHandlerCaller) return [];
    return module.symbols.scopesAt(toFile(this.lookupPc, module.bias), inlineLevel);
  }
}

interface FrameGround {
  readonly target: Target;
  readonly modules: ModuleList;
  readonly sources: SourcePaths;
}

/** The frames of all threads at the present stop; dropped when the program runs. */
export class Frames {
  private threads = new Map<number, ThreadFrames>();

  constructor(private readonly ground: FrameGround) {}

  /** Sets the present frames aside while something runs that puts everything back; calling the result restores them. */
  setAside(): () => void {
    const { threads } = this;
    this.threads = new Map();
    return () => (this.threads = threads);
  }

  page(threadId: number, start: number, count: number): FramePage {
    return this.of(threadId).page(start, count);
  }
  /** A frame as shown; undefined behind the outermost. */
  at(threadId: number, index: number): Frame | undefined {
    return this.page(threadId, index, 1).frames[0];
  }
  /** The innermost frame whose source is here: who waits in a library's call is told where that call is. Else the innermost. */
  placeOf(threadId: number): Frame | undefined {
    for (let index = 0; index < NEAR_FRAMES; index++) {
      const frame = this.at(threadId, index);
      if (frame === undefined) break;
      if (frame.source !== undefined && this.ground.sources.isHere(frame.source.path)) return frame;
    }
    return this.at(threadId, 0);
  }
  /** The frame that called, or jumped to, a frame's function; of an inlined call, that of the function it is inlined into. */
  callerOf(frame: Frame): Frame | undefined {
    let own: Frame | undefined = frame;
    while (own?.isInlined) own = this.at(own.threadId, own.index + 1);
    return own && this.at(own.threadId, own.index + 1);
  }
  physical(threadId: number, index: number): PhysicalFrame | undefined {
    return this.of(threadId).physical.at(index);
  }
  hidden(threadId: number): number {
    return this.of(threadId).hidden;
  }
  /** Hides innermost inlined calls of a thread, or shows them again. */
  hide(threadId: number, count: number): void {
    if (count === 0 && !this.threads.has(threadId)) return;
    this.threads.set(threadId, new ThreadFrames(this.ground, threadId, count));
  }
  /** Hides the inlined calls of a thread that begin where it stands: none of their code has run. */
  hideBeginning(threadId: number): void {
    const { modules, target } = this.ground;
    const { pc } = target.registers(threadId);
    this.hide(threadId, callsBeginningAt(modules, inlinedCalls(modules, pc), pc));
  }
  /** Which inlined calls are hidden now. */
  get hiding(): HiddenCalls {
    return new Map([...this.threads].map(([threadId, { hidden }]) => [threadId, hidden]));
  }
  /** Drops what was found, where a state is another or is looked at anew. `hiding`: what is hidden there. */
  clear(hiding?: HiddenCalls): void {
    this.threads = new Map();
    for (const [threadId, count] of hiding ?? []) this.hide(threadId, count);
  }

  /** After a write: frames are found anew. Gives whether any that were known are others now. */
  wrote(write: Write): boolean {
    let changed = false;
    for (const [threadId, frames] of this.threads) {
      if (write.kind === "register" && threadId !== write.threadId) continue;
      const renewed = frames.renewed();
      this.threads.set(threadId, renewed);
      const concerned = write.kind === "register" || frames.physical.cover(write.address, write.bytes);
      changed ||= concerned && frames.differsFrom(renewed);
    }
    return changed;
  }

  /**
   * Finds out where a thread stands while a stop is on its way to the client, which asks for that first. It goes behind
   * what is written in this turn of the event loop; nothing is done when the program has gone on by then.
   */
  prepare(threadId: number): void {
    const { threads } = this;
    setImmediate(() => setImmediate(() => this.threads === threads && this.tryAt(threadId)));
  }

  private tryAt(threadId: number): void {
    try {
      this.at(threadId, 0);
    } catch {
      // Whoever asks for it hears of it.
    }
  }

  private of(threadId: number): ThreadFrames {
    let frames = this.threads.get(threadId);
    if (frames === undefined) {
      frames = new ThreadFrames(this.ground, threadId, 0);
      this.threads.set(threadId, frames);
    }
    return frames;
  }
}

function nameOf(frame: FramePlace): string {
  const { module, lookupPc } = frame;
  if (frame.isTrampoline) return "<signal handler called>";
  if (frame.function !== undefined) return frame.function.name;
  if (module === undefined) return formatAddress(frame.pc);
  const address = toFile(lookupPc, module.bias);
  const symbol = module.symbols.elfSymbolAt(address);
  if (symbol !== undefined) return symbol.displayName;
  const known = module.symbols.segments.some((segment) => contains(segment.range, address));
  return known
    ? `${formatAddress(frame.pc)} in ${module.symbols.path.split("/").at(-1) ?? ""}`
    : formatAddress(frame.pc);
}
