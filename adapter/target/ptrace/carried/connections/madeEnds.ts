/** Pipes and sockets made anew, as others were: records of the shim (native-shim/shim_files.h, fp_make_ends). */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import type { OwnEnd } from "./ownConnections";
import type { Queue } from "./queues";
import type { SocketImage } from "./socketImages";
import { AF_UNIX } from "./socketKinds";

/** fcntl(2). */
const O_ASYNC = 0o20000;
const HEAD = 48;
const END = 64;
const RESULT = 36;
const FILES = 40;
const EVENTS = 8;
const CREDENTIALS = 12;

const kinds = { pipe: 0, pair: 1, lone: 2, unconnected: 3, connection: 4 } as const;

/** poll(2). */
export const Poll = { error: 8, hangUp: 16, readHangUp: 0x2000 } as const;

/** One end as it was. */
export interface EndState {
  /** Of poll(2). */
  readonly events: number;
  /** As fp_make_ends takes it. */
  readonly record: Buffer;
}

/** Whether it asks for the credentials of senders (SO_PASSCRED). */
export function wantsCredentials(state: EndState | undefined): boolean {
  return state !== undefined && state.record.readInt32LE(CREDENTIALS) > 0;
}

/** The same, but that it does not. */
export function withoutCredentials({ events, record }: EndState): EndState {
  const changed = Buffer.from(record);
  changed.writeInt32LE(0, CREDENTIALS);
  return { events, record: changed };
}

export interface MadeEnd {
  /** Status flags (fcntl(2), F_GETFL). */
  readonly flags: number;
  /** What it reads. */
  readonly queue?: Queue | undefined;
  /** Of one without a connection. */
  readonly image?: SocketImage;
  /** Of a connection of the program with itself. */
  readonly own?: OwnEnd | undefined;
  readonly state?: EndState | undefined;
  /** The program does not have it. */
  readonly isClosed?: boolean;
  /** What it writes is at its end (shutdown(2)). */
  readonly isShut?: boolean;
}

/** How something is made: `lone`, a socket whose peer is gone, and `unconnected` have a first end only. */
export interface Making {
  readonly kind: keyof typeof kinds;
  /** socket(2). */
  readonly domain: number;
  readonly type: number;
  readonly ends: readonly [MadeEnd, MadeEnd];
}

/** How the ends are, by descriptor. Throws TargetError. */
export function readEndStates(processId: number, numbers: readonly number[]): Map<number, EndState> {
  if (numbers.length === 0) return new Map();
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  const bytes = Buffer.alloc(numbers.length * END);
  const result = shim.readEnds(processId, fds, numbers.length, bytes);
  if (result < 0) throw new TargetError(`They cannot be looked at (${errorName(result)}).`);
  return new Map(
    numbers.map((number, index) => {
      const record = bytes.subarray(index * END, (index + 1) * END);
      return [number, { events: record.readInt32LE(EVENTS), record }];
    }),
  );
}

function contentsOf({ queue, image, own }: MadeEnd): Buffer | undefined {
  if (own !== undefined) return Buffer.concat([own.record, own.queue.record]);
  return (image ?? queue)?.record;
}

/** What fp_make_ends takes. */
export function encodeMaking({ kind, domain, type, ends }: Making): Buffer {
  const head = Buffer.alloc(HEAD);
  const bits = (is: (end: MadeEnd) => boolean): number =>
    ends.reduce((sum, end, at) => sum + (is(end) ? 1 << at : 0), 0);
  const words = [
    kinds[kind],
    domain,
    type,
    // Whose signals come with the number of this process (descriptorOwners.ts).
    ...ends.map(({ flags }) => flags & ~O_ASYNC),
    bits(({ isClosed }) => isClosed === true),
    bits(({ isShut }) => isShut === true),
    ...ends.map((end) => contentsOf(end)?.length ?? 0),
  ];
  words.forEach((word, index) => head.writeInt32LE(word, index * 4));
  for (const at of [0, 4]) head.writeInt32LE(-1, FILES + at);
  const none = Buffer.alloc(END, 0xff);
  return Buffer.concat([
    head,
    ...ends.map(({ state }) => state?.record ?? none),
    ...ends.flatMap((end) => contentsOf(end) ?? []),
  ]);
}

export interface Made {
  /** -errno of what could not be brought in, or 0; errno of an option of a socket that was refused. */
  readonly result: number;
  /** Descriptors of this process, -1: none. They are the caller's to close. */
  readonly files: readonly [number, number];
}

/** The type of the pair of Unix sockets (socket(2)) that a record begins with; undefined: it begins with none. */
export function pairTypeOf(record: Buffer): number | undefined {
  const kind = record.readInt32LE(0);
  const isPair = (kind === kinds.pair || kind === kinds.lone) && record.readInt32LE(4) === AF_UNIX;
  return isPair ? record.readInt32LE(8) : undefined;
}

/** The same record, with the pair that a process has made for it under some numbers. */
export function withPair(record: Buffer, numbers: readonly [number, number]): Buffer {
  const changed = Buffer.from(record);
  numbers.forEach((number, end) => changed.writeInt32LE(number, FILES + end * 4));
  return changed;
}

/** Gives a socket that is there still the options and the length of the queue that a record of an unconnected one has. As `result` of Made. */
export function putBackSocket(file: number, record: Buffer): number {
  return shim.putBackSocket(file, record, BigInt(record.length));
}

/** Makes them all, in the order of their records; `owner`: the process that they are for, which may have made pairs. */
export function makeEnds(records: readonly Buffer[], owner: number): Made[] {
  const bytes = Buffer.concat(records);
  if (bytes.length > 0) shim.makeEnds(owner, bytes, BigInt(bytes.length));
  let at = 0;
  return records.map(({ length }) => {
    const start = at;
    at += length;
    return {
      result: bytes.readInt32LE(start + RESULT),
      files: [bytes.readInt32LE(start + FILES), bytes.readInt32LE(start + FILES + 4)],
    };
  });
}
