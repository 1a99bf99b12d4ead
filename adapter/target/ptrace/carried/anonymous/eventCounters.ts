/** Counters of eventfd(2), semaphores among them. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { runOperations, withoutBlocking, type RemoteOperation } from "../../remote/remoteOperations";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import type { Carried } from "../carried";
import { counted } from "../files/descriptors";
import { field, numberField, readOpenFiles, type OpenFile } from "../files/openFiles";

/** asm/unistd_64.h */
const SYS_READ = 0;
const SYS_WRITE = 1;
/** Reads of a semaphore take one each; calls of one run, and how many in all are worth it. */
const READS_AT_ONCE = 100;
const MOST_READS = 20_000n;

interface Counter {
  readonly number: number;
  readonly count: bigint;
  /** Status flags (fcntl(2)). */
  readonly flags: number;
}

export function carryEventCounters(files: readonly OpenFile[]): Carried {
  const unique = [...new Map(files.map((file) => [field(file, "eventfd-id") ?? file.number, file])).values()];
  const counters = unique.map((file) => ({
    number: file.number,
    count: countOf(file),
    flags: parseInt(field(file, "flags") ?? "0", 8),
  }));
  return {
    reach: "shared",
    restore: (fresh) => restore(fresh, counters),
    fidelity: () => fidelity(unique),
  };
}

/** Older kernels do not tell semaphores from counters; all are taken for counters then. */
function fidelity(files: readonly OpenFile[]): Fidelity[] {
  const unknown = files.filter((file) => field(file, "eventfd-semaphore") === undefined).length;
  const all = counted(files.length, "eventfd");
  return unknown === 0
    ? [{ resource: "event counters", state: "restored", detail: all }]
    : [{ resource: "event counters", state: "approximate", detail: `${all}, semaphores not among them` }];
}

function countOf(file: OpenFile): bigint {
  return numberField(file, "eventfd-count", 16);
}

function restore(fresh: RemoteThread, counters: readonly Counter[]): void {
  const now = readOpenFiles(
    fresh.processId,
    counters.map(({ number }) => number),
  );
  const failed: string[] = [];
  const operations = counters.flatMap((counter, index) => {
    const file = now[index];
    if (file === undefined || countOf(file) === counter.count) return [];
    if (field(file, "eventfd-semaphore") !== "1") return [setCounter(counter, countOf(file))];
    if (countOf(file) - counter.count <= MOST_READS) return moveSemaphore(counter, countOf(file));
    failed.push(`${nameOf(counter)}, a semaphore that was raised too far`);
    return [];
  });
  failed.push(...runOperations(fresh, operations));
  if (failed.length > 0) throw new TargetError(`The count of ${failed.join(", ")}.`);
}

function nameOf({ number }: Counter): string {
  return `the eventfd that is descriptor ${number}`;
}

/** A read takes all. */
function setCounter(counter: Counter, now: bigint): RemoteOperation {
  const { number, count, flags } = counter;
  const data = Buffer.alloc(16);
  data.writeBigUInt64LE(count, 8);
  const calls = (address: bigint): RemoteCall[] => [
    ...(now > 0n ? ([[SYS_READ, number, address, 8]] as const) : []),
    ...(count > 0n ? ([[SYS_WRITE, number, address + 8n, 8]] as const) : []),
  ];
  return { what: nameOf(counter), data, calls: (address) => withoutBlocking(number, flags, calls(address)) };
}

/** A read takes one. */
function moveSemaphore(counter: Counter, now: bigint): RemoteOperation[] {
  const { number, count, flags } = counter;
  if (now < count) {
    const data = Buffer.alloc(8);
    data.writeBigUInt64LE(count - now);
    return [
      {
        what: nameOf(counter),
        data,
        calls: (address) => withoutBlocking(number, flags, [[SYS_WRITE, number, address, 8]]),
      },
    ];
  }
  const surplus = Number(now - count);
  return Array.from({ length: Math.ceil(surplus / READS_AT_ONCE) }, (_, index) => {
    const reads = Math.min(READS_AT_ONCE, surplus - index * READS_AT_ONCE);
    return {
      what: nameOf(counter),
      data: Buffer.alloc(8),
      calls: (address) =>
        withoutBlocking(
          number,
          flags,
          Array.from({ length: reads }, () => [SYS_READ, number, address, 8] as const),
        ),
    };
  });
}
