/** Pairs of Unix sockets that a fresh copy makes itself: each tells who has made its peer (unix(7), SO_PEERCRED). */
import { NO_ROOM, unlessFull } from "../../remote/descriptorRoom";
import { closeAll } from "../../remote/handover";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { makeEnds, pairTypeOf, withPair, type Made } from "./madeEnds";
import { AF_UNIX } from "./socketKinds";

/** asm/unistd_64.h */
const SYS_SOCKETPAIR = 53;
const CLOSE_ON_EXEC = 0o2000000;
/** A pair as socketpair(2) gives it. */
const PAIR_SIZE = 8;
/** As many as are made in one run. */
const FEW = 16;

/** Makes what records say, in their order; pairs of sockets are `fresh`'s. */
export function makeEndsFor(fresh: RemoteThread, records: readonly Buffer[]): Made[] {
  const pairs = new Map<Buffer, readonly [number, number]>();
  try {
    const wanted = records.filter((record) => pairTypeOf(record) !== undefined);
    for (let at = 0; at < wanted.length; at += FEW) {
      const some = wanted.slice(at, at + FEW);
      makePairs(fresh, some).forEach((pair, index) => pair && pairs.set(some[index] as Buffer, pair));
    }
    const ready = records.map((record) => {
      const pair = pairs.get(record);
      return pair === undefined ? record : withPair(record, pair);
    });
    return makeEnds(ready, fresh.processId);
  } finally {
    closeAll(fresh, [...pairs.values()].flat());
  }
}

/** Undefined for those that could not be made. */
function makePairs(
  fresh: RemoteThread,
  records: readonly Buffer[],
): (readonly [number, number] | undefined)[] {
  const data = Buffer.alloc(records.length * PAIR_SIZE);
  const calls = records.map((record, index): RemoteCall => {
    const type = (pairTypeOf(record) ?? 0) | CLOSE_ON_EXEC;
    return [SYS_SOCKETPAIR, AF_UNIX, type, 0, fresh.dataAddress + BigInt(index * PAIR_SIZE)];
  });
  const made = unlessFull(
    fresh,
    () => readPairs(fresh, calls, data),
    (pairs) => pairs.includes(NO_ROOM),
  );
  return made.map((pair) => (typeof pair === "bigint" ? undefined : pair));
}

/** A pair, or -errno. When one finds no room, none is left. */
function readPairs(
  fresh: RemoteThread,
  calls: readonly RemoteCall[],
  data: Buffer,
): (readonly [number, number] | bigint)[] {
  const pairs = fresh.calls(calls, data).map((result, index) => {
    const at = index * PAIR_SIZE;
    return result < 0n ? result : ([data.readInt32LE(at), data.readInt32LE(at + 4)] as const);
  });
  if (!pairs.includes(NO_ROOM)) return pairs;
  closeAll(
    fresh,
    pairs.flatMap((pair) => (typeof pair === "bigint" ? [] : pair)),
  );
  return pairs.map(() => NO_ROOM);
}
