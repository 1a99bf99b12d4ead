/** When threads that sleep in a system call with a time-out began it: asked before they are interrupted. */
import type { LiveProcess } from "../running/liveProcess";
import { shim } from "../shim";

/** Bytes of a sleeper record (native-shim/shim_copies.h). */
const RECORD_SIZE = 24;
const CALL = 4;
const SINCE = 8;
/** Nanoseconds. In a shorter run a call can have begun only just now, so that nobody need be asked. */
const SHORT_RUN = 20_000_000n;

export class Sleepers {
  /** The records of threads that are about to be stopped. */
  private readonly found = new Map<number, Buffer>();
  private goingSince = 0n;

  /** The threads are set going. */
  going(): void {
    this.found.clear();
    this.goingSince = process.hrtime.bigint();
  }

  /** Call before running threads are interrupted. */
  find({ processId, tracees }: LiveProcess): void {
    if (process.hrtime.bigint() - this.goingSince < SHORT_RUN) return;
    const running = [...tracees.values()].filter(
      ({ tid, state, inVfork }) => state === "running" && !inVfork && !this.found.has(tid),
    );
    if (running.length === 0) return;
    const records = recordsOf(running);
    shim.findSleepers(processId, records, running.length);
    this.keep(records);
  }

  /** Call when they have stopped. */
  confirm({ processId, tracees }: LiveProcess): void {
    const unknown = [...tracees.values()].filter(
      ({ blocked }) => blocked && (blocked.began ?? blocked.end) === undefined,
    );
    if (unknown.length === 0) return;
    const known = unknown.flatMap(({ tid }) => this.found.get(tid) ?? []);
    this.found.clear();
    const records = Buffer.concat(known);
    if (known.length > 0) shim.confirmSleepers(processId, records, known.length);
    this.keep(records);
    for (const tracee of unknown) {
      const { blocked } = tracee;
      const record = this.found.get(tracee.tid);
      if (blocked === undefined) continue;
      const { number, stoppedAt } = blocked;
      if (record?.readInt32LE(CALL) === Number(number))
        tracee.blocked = { ...blocked, began: record.readBigInt64LE(SINCE) };
      else if (stoppedAt >= this.goingSince && stoppedAt - this.goingSince < SHORT_RUN)
        tracee.blocked = { ...blocked, began: stoppedAt };
    }
    this.found.clear();
  }

  private keep(records: Buffer): void {
    for (let at = 0; at < records.length; at += RECORD_SIZE) {
      const record = records.subarray(at, at + RECORD_SIZE);
      if (record.readInt32LE(CALL) >= 0) this.found.set(record.readInt32LE(0), record);
    }
  }
}

function recordsOf(threads: readonly { tid: number }[]): Buffer {
  const records = Buffer.alloc(threads.length * RECORD_SIZE);
  threads.forEach(({ tid }, index) => records.writeInt32LE(tid, index * RECORD_SIZE));
  return records;
}
