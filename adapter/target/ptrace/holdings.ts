/** What a program may hold that hardly any does: asked in one go, so that a closer look is only taken where there is some. */
import { shim } from "./shim";
import type { Tracee } from "./tracee";

/** Bits of the shim's answer, of the process and of a thread (native-shim/shim_ptrace.h). */
const Bit = {
  pidNamespace: 1,
  timeNamespace: 2,
  semaphores: 4,
  messages: 8,
  segments: 16,
  unshared: 32,
  hugePages: 64,
} as const;

export type Holding = keyof typeof Bit;

/** Of a thread (native-shim/shim_ptrace.h). */
const OTHER_FILTER = 8;
/** What a quick look may not see: a thread's user or group, its filters, which it cannot get rid of. */
const HIDDEN = 4 | OTHER_FILTER;
/** How closely a thread is looked at. */
const Look = { none: 0, quick: 1, whole: 2 } as const;
/** How many threads that were looked at before are looked at again, and how often as closely as at first. */
const LOOKED_AT_AGAIN = 4;
const WHOLE_EVERY = 8;

/** What was found of the threads that were looked at. */
const known = new WeakMap<Tracee, number>();
let turn = 0;

/** How closely each thread is looked at now. */
function looksAt(threads: readonly Tracee[]): Buffer {
  const looks = Buffer.alloc(threads.length, turn % WHOLE_EVERY === 0 ? Look.whole : Look.quick);
  for (let index = 0; index < threads.length; index++) {
    const place = (turn * LOOKED_AT_AGAIN + index) % threads.length;
    if (!known.has(threads[place] as Tracee)) looks[place] = Look.whole;
    else if (index >= LOOKED_AT_AGAIN) looks[place] = Look.none;
  }
  turn++;
  return looks;
}

/** Threads that were just made of a copy: they share all with their first. */
export function knowAsSharing(threads: readonly Tracee[]): void {
  for (const thread of threads) known.set(thread, 0);
}

export class Holdings {
  private constructor(
    private readonly found: number,
    private readonly threads: Buffer,
  ) {}

  /** Of a stopped process: its threads, that which makes the copy first. Every thread is looked at once, then in turns. */
  static of(processId: number, threads: readonly Tracee[]): Holdings {
    const asked = looksAt(threads);
    const answers = Buffer.from(asked);
    const ids = Buffer.from(Int32Array.from(threads, ({ tid }) => tid).buffer);
    let found = shim.findHoldings(processId, ids, threads.length, answers);
    threads.forEach((thread, index) => {
      const before = known.get(thread) ?? 0;
      const kept = asked[index] === Look.none ? before : asked[index] === Look.quick ? before & HIDDEN : 0;
      const own = (answers[index] ?? 0) | kept;
      known.set(thread, own);
      answers[index] = own;
      if (own !== 0) found |= Bit.unshared;
    });
    return new Holdings(found, answers);
  }

  /** Whether there may be any. */
  has(holding: Holding): boolean {
    return (this.found & Bit[holding]) !== 0;
  }

  /** Whether threads filter their own system calls (seccomp(2)) and the first does not, or the other way round. */
  get haveOwnFilters(): boolean {
    return this.threadsWith(OTHER_FILTER) > 0;
  }

  /** How many threads have one of the things that a thread can have for itself, by its bit. */
  threadsWith(bit: number): number {
    return this.threads.filter((answer) => (answer & bit) !== 0).length;
  }
}
