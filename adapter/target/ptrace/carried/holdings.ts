/** What a program may hold that hardly any does: asked in one go, so that a closer look is only taken where there is some. */
import type { ThreadRecords } from "../threads/threadRecords";
import type { Tracee } from "../threads/tracee";

/** Bits of the shim's answer, of the process and of a thread (native-shim/shim_copies.h, fp_find_holdings). */
export const Holding = {
  pidNamespace: 1,
  timeNamespace: 2,
  semaphores: 4,
  messages: 8,
  segments: 16,
  unshared: 32,
  hugePages: 64,
} as const;

/** Of a thread (native-shim/shim_copies.h). */
const OTHER_FILTER = 8;
/** What a quick look may not see: a thread's user or group, its namespaces, its filters, which it cannot get rid of. */
const HIDDEN = 4 | OTHER_FILTER | 32;
/** How closely a thread is looked at. */
const Look = { none: 0, quick: 1, whole: 2 } as const;
/** How many threads that were looked at before are looked at again, and how often as closely as at first. */
const LOOKED_AT_AGAIN = 4;
const WHOLE_EVERY = 8;

/** What was found of the threads that were looked at. */
const known = new WeakMap<Tracee, number>();
let turn = 0;

/**
 * How closely each thread of a stopped process is looked at now, that which makes the copy first: every one once, then in
 * turns.
 */
export function looksAt(threads: readonly Tracee[]): number[] {
  const looks = threads.map((): number => (turn % WHOLE_EVERY === 0 ? Look.whole : Look.quick));
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
    private readonly threads: readonly number[],
  ) {}

  /** `found`: of the process; `records`: of its threads, which were looked at as `asked` (looksAt). */
  static of(
    found: number,
    threads: readonly Tracee[],
    asked: readonly number[],
    records: ThreadRecords,
  ): Holdings {
    let all = found;
    const own = threads.map((thread, index) => {
      const before = known.get(thread) ?? 0;
      const kept = asked[index] === Look.none ? before : asked[index] === Look.quick ? before & HIDDEN : 0;
      const has = records.held(index) | kept;
      known.set(thread, has);
      if (has !== 0) all |= Holding.unshared;
      return has;
    });
    return new Holdings(all, own);
  }

  /** Whether there may be any. */
  has(holding: keyof typeof Holding): boolean {
    return (this.found & Holding[holding]) !== 0;
  }

  get areNone(): boolean {
    return this.found === 0;
  }

  /** Whether threads filter their own system calls (seccomp(2)) and the first does not, or the other way round. */
  get haveOwnFilters(): boolean {
    return this.threadsWith(OTHER_FILTER) > 0;
  }

  /** How many threads have one of the things that a thread can have for itself, by its bit. */
  threadsWith(bit: number): number {
    return this.threads.filter((held) => (held & bit) !== 0).length;
  }
}
