/** Many small operations on a program's state, each of a few calls, in as few runs as there is room for. */
import { errorName } from "../shim";
import type { RemoteCall, RemoteThread } from "./remoteThread";

/** Runs stay short: the thread can be killed in the midst of one. */
const CALLS_AT_ONCE = 128;

/** Calls that belong together. */
export interface RemoteOperation {
  /** What failed, for a person, when one of the calls does: `the timer of descriptor 5`. */
  readonly what: string;
  /** For the calls' arguments; has what the calls made of it when they have been made. */
  readonly data: Buffer;
  /** The calls, with the data at `address`. */
  calls(address: bigint): readonly RemoteCall[];
}

/** asm/unistd_64.h, fcntl(2). */
const SYS_FCNTL = 72;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** Calls on a descriptor of which none can block, whatever others do with the same file. `flags`: its status flags. */
export function withoutBlocking(
  number: number,
  flags: number,
  calls: readonly RemoteCall[],
): readonly RemoteCall[] {
  const setFlags = (value: number): RemoteCall => [SYS_FCNTL, number, F_SETFL, value];
  return [setFlags(flags | O_NONBLOCK), ...calls, setFlags(flags)];
}

/** Runs operations in order. Gives what failed of each that did. Throws TargetError when the thread cannot be asked. */
export function runOperations(thread: RemoteThread, operations: readonly RemoteOperation[]): string[] {
  const failed: string[] = [];
  for (let done = 0; done < operations.length;) {
    const batch = takeBatch(thread, operations.slice(done));
    done += batch.length;
    failed.push(...runBatch(thread, batch));
  }
  return failed;
}

/** As many as fit into the scratch memory, at least one. */
function takeBatch(thread: RemoteThread, operations: readonly RemoteOperation[]): readonly RemoteOperation[] {
  let size = 0;
  let calls = 0;
  const end = operations.findIndex((operation, index) => {
    size += aligned(operation.data.length);
    calls += operation.calls(0n).length;
    return index > 0 && (calls > CALLS_AT_ONCE || size > thread.dataLimit(calls));
  });
  return end < 0 ? operations : operations.slice(0, end);
}

function runBatch(thread: RemoteThread, batch: readonly RemoteOperation[]): string[] {
  const data = Buffer.alloc(batch.reduce((sum, operation) => sum + aligned(operation.data.length), 0));
  let used = 0;
  const groups = batch.map((operation) => {
    operation.data.copy(data, used);
    const calls = operation.calls(thread.dataAddress + BigInt(used));
    used += aligned(operation.data.length);
    return calls;
  });
  const results = thread.calls(groups.flat(), data);
  used = 0;
  for (const operation of batch) {
    data.copy(operation.data, 0, used);
    used += aligned(operation.data.length);
  }
  let at = 0;
  return groups.flatMap((calls, index) => {
    const failure = results.slice(at, (at += calls.length)).find((result) => result < 0n);
    return failure === undefined ? [] : [`${batch[index]?.what ?? ""} (${errorName(Number(failure))})`];
  });
}

function aligned(size: number): number {
  return (size + 7) & ~7;
}
