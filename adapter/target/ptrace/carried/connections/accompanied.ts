/**
 * Messages with which open files or credentials come (unix(7)). Only who is the sender can send those of a fresh copy
 * again, so it does so itself. The files are kept here meanwhile; of those that a restart makes anew, the
 * copy has its own.
 */
import { fstatSync } from "node:fs";
import { memoryAddress } from "../../../addresses";
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { idInside } from "../../pidNamespace";
import { closeAll, lend } from "../../remote/handover";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import type { Subject } from "../carried";
import { counted, FileFormat } from "../files/descriptors";
import { NOBODY, type AccompaniedQueues, type Connection } from "./connection";
import { keyOf } from "./holders";
import { messagesOf, type FlyingFile, type Sender } from "./queues";

/** asm/unistd_64.h */
const SYS_MMAP = 9;
const SYS_MUNMAP = 11;
const SYS_SENDMSG = 46;
const SYS_SHUTDOWN = 48;
const SYS_SETSOCKOPT = 54;
/** open(2), mmap(2), socket(7), unix(7), send(2), shutdown(2). */
const ACCESS = 3;
const READ_WRITE = 3;
const PRIVATE_ANONYMOUS = 0x22;
const SOL_SOCKET = 1;
const SO_PASSCRED = 16;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;
const WITHOUT_WAITING = 0x4040;
const SHUT_WR = 1;
/** As fp_put_back_files takes them. */
const FILE_RECORD = 16;
/** struct msghdr, struct iovec, struct cmsghdr (bits/socket.h). */
const VECTOR_AT = 56;
const CONTROL_AT = 72;
const CONTROL_HEAD = 16;

/** What comes with a message: a number that the program has, or a file that is kept here. */
type Flying = { readonly number: number } | FlyingFile;

interface Accompanied {
  readonly bytes: Buffer;
  readonly files: readonly Flying[];
  readonly sender: Sender | undefined;
}

/** Such messages of a connection. */
export interface Accompaniment {
  readonly connection: AccompaniedQueues;
  /** What each end reads. */
  readonly messages: readonly [readonly Accompanied[], readonly Accompanied[]];
  /** The program's process id as the senders have it. */
  readonly processId: number;
}

const flyingIn = new WeakMap<Subject, readonly number[]>();

/** Descriptors of this process: what flies in the program's sockets and is kept here. */
export function flyingFiles(subject: Subject): readonly number[] {
  return flyingIn.get(subject) ?? [];
}

/** Keeps what comes with the messages of connections. */
export function keepAccompanied(
  subject: Subject,
  connections: readonly Connection[],
): (Accompaniment | undefined)[] {
  if (connections.every(({ accompanied }) => accompanied === undefined)) return [];
  const made = numbersOfMade(connections);
  const flying = (one: FlyingFile): Flying => {
    const number = made.get(keyOfFile(one));
    if (number === undefined) return one;
    shim.close(one.file);
    return { number };
  };
  const all = connections.map(({ accompanied: connection }): Accompaniment | undefined => {
    if (connection === undefined) return undefined;
    const [first, second] = connection.queues.map((queue) =>
      (queue ? messagesOf(queue) : []).map((message) => ({ ...message, files: message.files.map(flying) })),
    );
    return { connection, messages: [first ?? [], second ?? []], processId: subject.live.processId };
  });
  const kept = all.flatMap((one) => (one ? keptFiles(one) : []));
  flyingIn.set(
    subject,
    kept.map(({ file }) => file),
  );
  return all;
}

/** Pipes and sockets that are made anew: what they are now, to the program's number. */
function numbersOfMade(connections: readonly Connection[]): Map<string, number> {
  const own = connections.filter(({ other, making }) => other === NOBODY || making.kind === "connection");
  return new Map(
    own.flatMap(({ ends }) =>
      ends.flatMap(([first]) =>
        first === undefined ? [] : [[accessKey(first, first.mode, first.flags), first.number] as const],
      ),
    ),
  );
}

function keyOfFile({ file, flags }: FlyingFile): string {
  const { dev, ino, mode } = fstatSync(file, { bigint: true });
  return accessKey({ device: dev, inode: ino }, Number(mode), flags);
}

/** Of a pipe, each end is another. */
function accessKey(file: Parameters<typeof keyOf>[0], mode: number, flags: number): string {
  return `${keyOf(file)}:${(mode & FORMAT) === FileFormat.pipe ? flags & ACCESS : ""}`;
}

const FORMAT = 0o170000;

function keptFiles({ messages }: Accompaniment): FlyingFile[] {
  return messages.flat().flatMap(({ files }) => files.flatMap((one) => ("file" in one ? [one] : [])));
}

/** Closes what is kept. */
export function releaseAccompanied(accompaniment: Accompaniment): void {
  for (const { file } of keptFiles(accompaniment)) shim.close(file);
}

/** Puts the offsets and status flags of kept files back; other processes that have these see it. */
export function putBackFiles(accompaniment: Accompaniment): void {
  const kept = keptFiles(accompaniment);
  const records = Buffer.alloc(kept.length * FILE_RECORD);
  kept.forEach(({ file, flags, offset }, index) => {
    records.writeInt32LE(file, index * FILE_RECORD);
    records.writeInt32LE(flags, index * FILE_RECORD + 4);
    records.writeBigInt64LE(offset, index * FILE_RECORD + 8);
  });
  if (kept.length > 0) shim.putBackFiles(records, kept.length);
}

/**
 * Has a fresh copy send them again. `numbers`: of both ends in it; of an end that it has not, `files` has one of this process,
 * which only the messages need. Throws TargetError.
 */
export function sendAgain(
  fresh: RemoteThread,
  accompaniment: Accompaniment,
  numbers: readonly [number | undefined, number | undefined],
  files: readonly [number, number],
): void {
  const { connection, messages } = accompaniment;
  const kept = keptFiles(accompaniment);
  const absent = numbers.flatMap((number, end) => (number === undefined ? (files[end] ?? []) : []));
  const lent = lend(fresh, [...absent, ...kept.map(({ file }) => file)]);
  const [near = -1, far = -1] = numbers.map((number) => number ?? lent[0] ?? -1);
  const lentTo = new Map(kept.map(({ file }, index) => [file, lent[absent.length + index] ?? -1]));
  const failed = [
    ...sendAll(fresh, far, messages[0], lentTo, accompaniment.processId),
    ...sendAll(fresh, near, messages[1], lentTo, accompaniment.processId),
  ];
  finish(fresh, connection, [near, far]);
  closeAll(fresh, lent);
  if (failed.length > 0) throw new TargetError(`What comes with messages in a socket: ${failed.join(", ")}.`);
}

function finish(
  fresh: RemoteThread,
  { credentials, shut }: AccompaniedQueues,
  ends: readonly [number, number],
): void {
  const { dataAddress } = fresh;
  const calls = ends.flatMap((number, end): RemoteCall[] => [
    ...(credentials[end] ? [[SYS_SETSOCKOPT, number, SOL_SOCKET, SO_PASSCRED, dataAddress, 4] as const] : []),
    ...(shut[end] ? [[SYS_SHUTDOWN, number, SHUT_WR] as const] : []),
  ]);
  if (calls.length > 0) fresh.calls(calls, Buffer.from(Int32Array.of(1).buffer));
}

/** Gives what failed, for a person. */
function sendAll(
  fresh: RemoteThread,
  writer: number,
  messages: readonly Accompanied[],
  lentTo: ReadonlyMap<number, number>,
  processId: number,
): string[] {
  if (messages.length === 0) return [];
  const size = Math.max(
    ...messages.map(({ bytes, files }) => CONTROL_AT + 64 + files.length * 4 + bytes.length),
  );
  const address = fresh.call(SYS_MMAP, 0, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  if (address < 0n && address > -4096n) return [`memory for it (${errorName(Number(address))})`];
  const send = (message: Accompanied, sender: Sender | undefined): bigint => {
    const files = message.files.map((one) => ("number" in one ? one.number : (lentTo.get(one.file) ?? -1)));
    fresh.memory.write(memoryAddress(address), encode(address, message.bytes, files, sender));
    return fresh.call(SYS_SENDMSG, writer, address, WITHOUT_WAITING);
  };
  const failed = messages.flatMap((message) => {
    const sender = message.sender && senderNow(message.sender, processId, fresh);
    const result = send(message, sender);
    if (result >= 0n) return [];
    // Not everybody may speak for others.
    if (sender !== undefined && send(message, undefined) >= 0n)
      return [`credentials (${errorName(Number(result))})`];
    return [errorName(Number(result))];
  });
  fresh.call(SYS_MUNMAP, address, size);
  return failed;
}

/** In ids as the program knows them. */
function senderNow(sender: Sender, processId: number, fresh: RemoteThread): Sender {
  const own = sender.processId === processId;
  return { ...sender, processId: own ? fresh.knownProcessId : idInside(sender.processId) };
}

/** A struct msghdr and all that it points to, for an address. */
function encode(
  address: bigint,
  bytes: Buffer,
  files: readonly number[],
  sender: Sender | undefined,
): Buffer {
  const control = Buffer.concat([
    ...(files.length > 0 ? [part(SCM_RIGHTS, files)] : []),
    ...(sender ? [part(SCM_CREDENTIALS, [sender.processId, sender.userId, sender.groupId])] : []),
  ]);
  const head = Buffer.alloc(CONTROL_AT);
  head.writeBigUInt64LE(address + BigInt(VECTOR_AT), 16);
  head.writeBigUInt64LE(1n, 24);
  if (control.length > 0) head.writeBigUInt64LE(address + BigInt(CONTROL_AT), 32);
  head.writeBigUInt64LE(BigInt(control.length), 40);
  head.writeBigUInt64LE(address + BigInt(CONTROL_AT + control.length), VECTOR_AT);
  head.writeBigUInt64LE(BigInt(bytes.length), VECTOR_AT + 8);
  return Buffer.concat([head, control, bytes]);
}

function part(type: number, words: readonly number[]): Buffer {
  const length = CONTROL_HEAD + words.length * 4;
  const bytes = Buffer.alloc((length + 7) & ~7);
  bytes.writeBigUInt64LE(BigInt(length), 0);
  bytes.writeInt32LE(SOL_SOCKET, 8);
  bytes.writeInt32LE(type, 12);
  words.forEach((word, index) => bytes.writeInt32LE(word | 0, CONTROL_HEAD + index * 4));
  return bytes;
}

/** What is said of what comes with messages. */
export function accompaniedFidelity(all: readonly Accompaniment[]): Fidelity[] {
  const messages = all.flatMap((one) => one.messages.flat());
  const files = messages.flatMap((message) => message.files);
  const foreign = all.flatMap(keptFiles).filter((one) => !hasOwnState(one)).length;
  const senders = messages.filter(({ sender }) => sender !== undefined);
  const others = all.flatMap(({ messages: both, processId }) =>
    both.flat().filter(({ sender }) => sender !== undefined && sender.processId !== processId),
  ).length;
  const line = (count: number, state: Fidelity["state"], detail: string): Fidelity[] =>
    count > 0 ? [{ resource: "descriptors in flight", state, detail }] : [];
  return [
    ...line(
      files.length - foreign,
      "restored",
      `${counted(files.length - foreign, "descriptor")} on the way through a socket, open as long as this checkpoint is there`,
    ),
    ...line(
      foreign,
      "approximate",
      `${counted(foreign, "descriptor")} on the way through a socket: open as long as this checkpoint is there, and what is in them stays as it is`,
    ),
    ...line(
      senders.length - others,
      "restored",
      `credentials of the program with ${counted(senders.length - others, "message")}`,
    ),
    ...line(
      others,
      "approximate",
      `credentials of other processes with ${counted(others, "message")}: while they are there, and if the program may name them`,
    ),
  ];
}

/** Whether an offset and status flags are all that it has. */
function hasOwnState({ file }: FlyingFile): boolean {
  const format = Number(fstatSync(file, { bigint: true }).mode) & FORMAT;
  return format === FileFormat.regular || format === FileFormat.directory || format === FileFormat.character;
}
