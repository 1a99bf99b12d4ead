/** Descriptors of a stopped process: closed but not free, and given to it from here (unix(7), SCM_RIGHTS). */
import { TargetError } from "../../target";
import type { Subject } from "../carried/carried";
import type { Place } from "../carried/files/openFiles";
import { ProcessMemory } from "../processMemory";
import { errorName, shim } from "../shim";
import { NO_ROOM, unlessFull } from "./descriptorRoom";
import { RemoteThread, type RemoteCall } from "./remoteThread";

/** asm/unistd_64.h */
const SYS_CLOSE = 3;
const SYS_RECVMSG = 47;
const SYS_SOCKETPAIR = 53;
const SYS_FCNTL = 72;
const SYS_EVENTFD2 = 290;
const SYS_DUP3 = 292;
/** fcntl(2), socket(2), recv(2). */
const F_GETFD = 1;
const CLOSE_ON_EXEC = 0o2000000;
const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;
/** FP_AT_ONCE (native-shim/files/outside.h). */
const AT_ONCE = 64;
/** Files that are made at once; each has a descriptor or a few. */
const FEW = 16;
/** struct msghdr, struct iovec, a byte with padding, struct cmsghdr (bits/socket.h). */
const VECTOR_AT = 56;
const BYTE_AT = 72;
const CONTROL_AT = 80;
const FILES_AT = 96;
const CONTROL_LENGTH_AT = 40;

/** An open file of this process, and where another one is to have it. */
export interface Gift {
  readonly file: number;
  readonly places: readonly Place[];
}

/** Closes descriptors in a frozen copy, as `vacate` does. */
export function vacateCopy({ copy, live, descriptors }: Subject, numbers: readonly number[]): Place[] {
  if (numbers.length === 0) return [];
  const memory = ProcessMemory.open(copy);
  try {
    return vacate(new RemoteThread(copy, copy, memory, live.site), numbers, descriptors.lowestFree());
  } finally {
    memory.close();
  }
}

/**
 * Closes descriptors in a process that nobody else can have: something inert stands under their numbers afterwards, which
 * are not given out again. `free`: the lowest number that the process has not; a wrong one costs one run more. Throws
 * TargetError when that cannot be had.
 */
function vacate(thread: RemoteThread, numbers: readonly number[], free: number): Place[] {
  const places: Place[] = [];
  for (let at = 0; at < numbers.length; at += AT_ONCE) {
    const some = numbers.slice(at, at + AT_ONCE);
    const [inert = -1n, ...flags] = unlessFull(
      thread,
      () =>
        thread.calls([
          [SYS_EVENTFD2, 0, CLOSE_ON_EXEC],
          ...some.map((number): RemoteCall => [SYS_FCNTL, number, F_GETFD]),
          ...standFor(BigInt(free), some),
        ]),
      ([file]) => file === NO_ROOM,
    );
    if (inert < 0n) throw new TargetError(`They cannot be closed in the copy (${errorName(Number(inert))}).`);
    // Nothing had that number, so nothing was done.
    if (inert !== BigInt(free)) thread.calls(standFor(inert, some));
    places.push(...some.map((number, index) => ({ number, closesOnExec: (flags[index] ?? 0n) > 0n })));
  }
  return places;
}

function standFor(inert: bigint, numbers: readonly number[]): RemoteCall[] {
  return [...numbers.map((number) => moveTo(inert, number, true)), [SYS_CLOSE, inert]];
}

/** A file that a process makes by a call, and where it is to have it. */
export interface Remake {
  readonly make: RemoteCall;
  readonly places: readonly Place[];
}

/** Has files that are made in a process stand under other numbers of it, in the place of what is there. Throws TargetError. */
export function replaceAll(thread: RemoteThread, remakes: readonly Remake[]): void {
  for (let at = 0, few = FEW; at < remakes.length; at += few) {
    let some = remakes.slice(at, at + few);
    let made = makeSome(thread, some);
    if (made[0] === NO_ROOM && some.length > 1) {
      few = 1;
      some = some.slice(0, 1);
      made = makeSome(thread, some);
    }
    const failure = made.find((file) => file < 0n);
    const moves = some.flatMap(({ places }, index) =>
      places.map(({ number, closesOnExec }) => moveTo(made[index] ?? -1n, number, closesOnExec)),
    );
    inParts(thread, [...moves, ...made.map((file): RemoteCall => [SYS_CLOSE, file])]);
    if (failure !== undefined)
      throw new TargetError(`A file could not be made anew (${errorName(Number(failure))}).`);
  }
}

/** All of them, or none: then their results are NO_ROOM. */
function makeSome(thread: RemoteThread, remakes: readonly Remake[]): bigint[] {
  return unlessFull(
    thread,
    () => {
      const files = thread.calls(remakes.map(({ make }) => make));
      if (!files.includes(NO_ROOM)) return files;
      closeAll(thread, files.filter((file) => file >= 0n).map(Number));
      return files.map(() => NO_ROOM);
    },
    (files) => files.includes(NO_ROOM),
  );
}

/** Gives files to a process under numbers that it has already. Throws TargetError saying which it could not have. */
export function handOver(thread: RemoteThread, gifts: readonly Gift[]): void {
  if (gifts.length === 0) return;
  let missing = tryHandOver(thread, gifts, AT_ONCE);
  const lacking = gifts.filter(({ places }) => places.some(({ number }) => missing.includes(number)));
  if (lacking.length > 0) missing = tryHandOver(thread, lacking, 1);
  if (missing.length > 0)
    throw new TargetError(`There is no room for the pipes and sockets of descriptors ${missing.join(", ")}.`);
}

function tryHandOver(thread: RemoteThread, gifts: readonly Gift[], atOnce: number): number[] {
  return unlessFull(
    thread,
    () => handOverAll(thread, gifts, atOnce),
    (numbers) => numbers.length > 0,
  );
}

/** Gives files to a process under numbers that are free in it: these. They are closed by `closeAll`. Throws TargetError. */
export function lend(thread: RemoteThread, files: readonly number[]): number[] {
  if (files.length === 0) return [];
  const lent = unlessFull(
    thread,
    () => lendAll(thread, files),
    (numbers) => numbers.length < files.length,
  );
  if (lent.length < files.length) throw new TargetError("There is no room for descriptors in flight.");
  return lent;
}

/** Gives all of them, or none. */
function lendAll(thread: RemoteThread, files: readonly number[]): number[] {
  const ends = makeWay(thread);
  if (ends === undefined) return [];
  const lent: number[] = [];
  for (let at = 0; at < files.length && lent.length === at; at += AT_ONCE) {
    const some = files.slice(at, at + AT_ONCE);
    const sent = shim.handOver(
      thread.processId,
      ends.far,
      Buffer.from(Int32Array.from(some).buffer),
      some.length,
    );
    if (sent >= 0) lent.push(...receive(thread, ends.near, some.length));
  }
  const isWhole = lent.length === files.length;
  closeAll(thread, [ends.near, ends.far, ...(isWhole ? [] : lent)]);
  return isWhole ? lent : [];
}

/** Closes descriptors of a process. */
export function closeAll(thread: RemoteThread, numbers: readonly number[]): void {
  inParts(
    thread,
    numbers.map((number) => [SYS_CLOSE, number]),
  );
}

/** A pair of sockets in a process, through which it is given files; undefined: it has no room for more descriptors. */
function makeWay(thread: RemoteThread): { readonly near: number; readonly far: number } | undefined {
  const ends = Buffer.alloc(8);
  const [made = -1n] = thread.calls(
    [[SYS_SOCKETPAIR, AF_UNIX, SOCK_SEQPACKET | CLOSE_ON_EXEC, 0, thread.dataAddress]],
    ends,
  );
  if (made === NO_ROOM) return undefined;
  if (made < 0n) throw new TargetError(`Pipes and sockets cannot be had again (${errorName(Number(made))}).`);
  return { near: ends.readInt32LE(0), far: ends.readInt32LE(4) };
}

/** Gives the numbers of which it could not have the files. */
function handOverAll(thread: RemoteThread, gifts: readonly Gift[], atOnce: number): number[] {
  const ends = makeWay(thread);
  if (ends === undefined) return gifts.flatMap(({ places }) => places.map(({ number }) => number));
  const { near, far } = ends;
  const closing: RemoteCall[] = [
    [SYS_CLOSE, near],
    [SYS_CLOSE, far],
  ];
  const missing: number[] = [];
  for (let at = 0; at < gifts.length; at += atOnce) {
    const isLast = at + atOnce >= gifts.length;
    const some = gifts.slice(at, at + atOnce);
    missing.push(...handOverSome(thread, near, far, some, isLast ? closing : []));
  }
  return missing;
}

/** The same for as many as go at once. */
function handOverSome(
  thread: RemoteThread,
  near: number,
  far: number,
  gifts: readonly Gift[],
  afterwards: readonly RemoteCall[],
): number[] {
  const files = Buffer.from(Int32Array.from(gifts.map(({ file }) => file)).buffer);
  const sent = shim.handOver(thread.processId, far, files, gifts.length);
  const received = sent < 0 ? [] : receive(thread, near, gifts.length);
  const calls = received.flatMap((number, index): RemoteCall[] => [
    ...(gifts[index]?.places ?? []).map((place) => moveTo(BigInt(number), place.number, place.closesOnExec)),
    [SYS_CLOSE, number],
  ]);
  inParts(thread, [...calls, ...afterwards]);
  return gifts.slice(received.length).flatMap(({ places }) => places.map(({ number }) => number));
}

/** The numbers under which a process has what was sent to a socket of it. */
function receive(thread: RemoteThread, socket: number, count: number): number[] {
  const data = Buffer.alloc(FILES_AT + count * 4);
  const at = (place: number): bigint => thread.dataAddress + BigInt(place);
  data.writeBigUInt64LE(at(VECTOR_AT), 16);
  data.writeBigUInt64LE(1n, 24);
  data.writeBigUInt64LE(at(CONTROL_AT), 32);
  data.writeBigUInt64LE(BigInt(data.length - CONTROL_AT), CONTROL_LENGTH_AT);
  data.writeBigUInt64LE(at(BYTE_AT), VECTOR_AT);
  data.writeBigUInt64LE(1n, VECTOR_AT + 8);
  const [got = -1n] = thread.calls(
    [[SYS_RECVMSG, socket, thread.dataAddress, MSG_DONTWAIT | MSG_CMSG_CLOEXEC]],
    data,
  );
  if (got !== 1n || data.readBigUInt64LE(CONTROL_LENGTH_AT) === 0n) return [];
  const had = (Number(data.readBigUInt64LE(CONTROL_AT)) - (FILES_AT - CONTROL_AT)) / 4;
  return Array.from({ length: Math.min(had, count) }, (_, index) => data.readInt32LE(FILES_AT + index * 4));
}

function moveTo(file: bigint, number: number, closesOnExec: boolean): RemoteCall {
  return [SYS_DUP3, file, number, closesOnExec ? CLOSE_ON_EXEC : 0];
}

/** In runs that stay short. */
function inParts(thread: RemoteThread, calls: readonly RemoteCall[]): void {
  for (let at = 0; at < calls.length; at += 2 * AT_ONCE) thread.calls(calls.slice(at, at + 2 * AT_ONCE));
}
