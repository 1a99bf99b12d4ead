/**
 * What of a thread's registers and stack belongs to the C library's function that the thread is in, and not to who called it:
 * there the same number may stand for something else.
 */
import { memoryAddress } from "../../addresses";
import type { ProcessMemory } from "../processMemory";
import { Register } from "../shim";
import { PRESERVED, type FrameLayout, type FrameLayouts } from "./frameLayoutsX64";
import { registersReadTo } from "./idReadersX64";
import type { Library } from "./lockOwners";
import { isPrologue, registersKept } from "./prologuesX64";

/** From a system call's own function to the one that has an id in hand. */
const MOST_FRAMES = 8;
/** No function of a C library that reads ids is longer. */
const LONGEST = 16384;
/** musl's are no longer, each way. */
const CODE_AROUND = 1024;
const WORD = 8n;

/** What a function of the C library has, with all that it has called. */
export interface LibraryFrames {
  /** Which of the registers that a call preserves are its own. */
  readonly preserved: ReadonlySet<number>;
  /** Where its stack ends; 0: it has nothing there. */
  readonly bottom: bigint;
  /** Words there that are its callers'. */
  readonly callers: ReadonlySet<bigint>;
}

interface Frame {
  readonly layout: FrameLayout;
  /** Where it has saved registers. */
  readonly saved: ReadonlyMap<number, bigint>;
  /** The canonical frame address: behind the place that it returns to. */
  readonly cfa: bigint;
}

/** Of a process that has not run. */
export class LibraryFramesFinder {
  /** By their functions. */
  private readonly readers = new Map<bigint, boolean>();

  constructor(
    private readonly memory: ProcessMemory,
    private readonly library: Library,
    private readonly layouts: FrameLayouts,
    /** Where in a thread's own structure its id is. */
    private readonly idOffset: number,
  ) {}

  /** Those of the function that reads threads' ids; undefined: the thread is in none. */
  find(registers: Buffer): LibraryFrames | undefined {
    return this.library === "musl" ? this.aroundPlace(registers) : belongings(this.framesOf(registers));
  }

  /** The frames on top of a stack up to that of the function that has ids, itself among them; empty: there is none. */
  private framesOf(registers: Buffer): Frame[] {
    const values = new Map([...PRESERVED, Register.rsp].map((at) => [at, registers.readBigUInt64LE(at)]));
    const frames: Frame[] = [];
    let holder = 0;
    for (let place = registers.readBigUInt64LE(Register.rip); frames.length < MOST_FRAMES;) {
      const layout = this.layouts.at(frames.length === 0 ? place : place - 1n);
      const isReader = layout !== undefined && this.isReader(layout);
      // Whoever calls that function is no part of the library, or has no id in hand.
      if (layout === undefined || (holder > 0 && !isReader)) break;
      const cfa = (values.get(layout.cfaRegister) ?? 0n) + layout.cfaOffset;
      const saved = savedIn(layout, cfa, values.get(Register.rsp) ?? 0n);
      frames.push({ layout, saved, cfa });
      if (isReader) holder = frames.length;
      const below = this.word(cfa - WORD);
      if (below === undefined) break;
      for (const [register, address] of saved) values.set(register, this.word(address) ?? 0n);
      values.set(Register.rsp, cfa);
      place = below;
    }
    const path = frames[holder - 1]?.layout.path;
    const ofLibrary = frames.slice(0, holder);
    return ofLibrary.every(({ layout }) => layout.path === path) ? ofLibrary : [];
  }

  private word(address: bigint): bigint | undefined {
    const bytes = this.memory.read(memoryAddress(address), 8);
    return bytes.length < 8 ? undefined : bytes.readBigUInt64LE(0);
  }

  private isReader({ low, high }: FrameLayout): boolean {
    const known = this.readers.get(low);
    if (known !== undefined) return known;
    const code = this.memory.read(low, Math.min(Number(high - low), LONGEST));
    const isOne = registersReadTo(code, this.library, this.idOffset).size > 0;
    this.readers.set(low, isOne);
    return isOne;
  }

  /**
   * musl says nothing of its frames. Its functions keep ids in registers, and call nothing meanwhile that would put those on the
   * stack. A register that a call preserves is the function's own from where that reads an id to it, of a thread or of a lock, until
   * it takes back what it was; what it may change counts as its own wherever such a function is near.
   */
  private aroundPlace(registers: Buffer): LibraryFrames | undefined {
    const place = registers.readBigUInt64LE(Register.rip);
    const first = place - BigInt(CODE_AROUND);
    const code = this.memory.read(memoryAddress(first), 2 * CODE_AROUND);
    if (registersReadTo(code, this.library, this.idOffset).size === 0) return undefined;
    const low = this.layouts.extentAt(place)?.low ?? 0n;
    const begun = code.subarray(low > first ? Number(low - first) : 0, CODE_AROUND);
    if (low >= first && isPrologue(begun)) return undefined;
    const readTo = new Set(
      [this.idOffset, OWNER_IN_LOCK].flatMap((offset) => [...registersReadTo(begun, this.library, offset)]),
    );
    const kept = registersKept(code.subarray(CODE_AROUND));
    const preserved = new Set(PRESERVED.filter((at) => readTo.has(at) && kept?.has(at) !== false));
    return { preserved, bottom: 0n, callers: new Set() };
  }
}

/** Where musl's mutexes have the id of their owner (pthread_impl.h, _m_lock). */
const OWNER_IN_LOCK = 4;

/** At its end a function has them back, although its layout still says where they were: that is behind the top by then. */
function savedIn({ saved }: FrameLayout, cfa: bigint, top: bigint): ReadonlyMap<number, bigint> {
  const places = [...saved].map(([register, from]): [number, bigint] => [register, cfa + from]);
  return new Map(places.filter(([, address]) => address >= top));
}

/** What is the callers', is what the outermost frame that uses a register has saved of it, or what none has. */
function belongings(frames: readonly Frame[]): LibraryFrames | undefined {
  const bottom = frames.at(-1)?.cfa;
  if (bottom === undefined) return undefined;
  const preserved = new Set<number>();
  const callers = new Set<bigint>();
  for (const { saved, cfa } of [...frames].reverse()) {
    callers.add(cfa - WORD);
    for (const [register, address] of saved) if (!preserved.has(register)) callers.add(address);
    for (const register of saved.keys()) preserved.add(register);
  }
  return { preserved, bottom, callers };
}
