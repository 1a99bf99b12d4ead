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
/** How many threads that were looked at before are looked at again, since that takes microseconds for each. */
const LOOKED_AT_AGAIN = 4;

/** What was found of the threads that were looked at. */
const known = new WeakMap<Tracee, number>();
let turn = 0;

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
    const answers = Buffer.alloc(threads.length, 1);
    for (let index = 0; index < threads.length - LOOKED_AT_AGAIN; index++) {
      const place = (turn + index) % threads.length;
      if (known.has(threads[place] as Tracee)) answers[place] = 0;
    }
    turn += LOOKED_AT_AGAIN;
    const asked = Buffer.from(answers);
    const ids = Buffer.from(Int32Array.from(threads, ({ tid }) => tid).buffer);
    let found = shim.findHoldings(processId, ids, threads.length, answers);
    threads.forEach((thread, index) => {
      const own = asked[index] ? (answers[index] ?? 0) : (known.get(thread) ?? 0);
      if (asked[index]) known.set(thread, own);
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
