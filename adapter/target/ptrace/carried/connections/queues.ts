/** What is in pipes and Unix sockets: records of the shim (native-shim/shim_files.h, fp_read_queues). */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";

const HEAD = 24;
const FLAGS = 12;
/** Mostly enough; else it is asked again. */
const USUAL_SIZE = 64 * 1024;
/** Of all queues of a checkpoint. */
export const SIZE_LIMIT = 32 << 20;

export const QueueFlag = { noWriter: 1, ancillary: 2, packets: 4, lost: 8 } as const;

/** Of a length: what comes with the message stands behind it. Bytes of that, and of each file. */
const ACCOMPANIED = 0x80000000;
const COMPANY = 16;
const FILE = 16;

/** A queue as it was. */
export interface Queue {
  /** Negative: why it could not be read. */
  readonly result: number;
  readonly flags: number;
  readonly messages: number;
  /** As fp_fill_queue takes it. */
  readonly record: Buffer;
}

/** An open file that comes with a message (unix(7), SCM_RIGHTS). */
export interface FlyingFile {
  /** A descriptor of this process. */
  readonly file: number;
  /** Status flags (fcntl(2), F_GETFL). */
  readonly flags: number;
  /** Negative: it has none. */
  readonly offset: bigint;
}

/** Who sent a message (unix(7), SCM_CREDENTIALS), in ids as this process knows them. */
export interface Sender {
  readonly processId: number;
  readonly userId: number;
  readonly groupId: number;
}

export interface Message {
  readonly bytes: Buffer;
  readonly files: readonly FlyingFile[];
  /** Undefined: the kernel does not tell. */
  readonly sender: Sender | undefined;
}

/** The queues of descriptors that can be read, by descriptor; what flies in them is the caller's to close. Throws TargetError when they are too large. */
export function readQueues(processId: number, numbers: readonly number[]): Map<number, Queue> {
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  let bytes = Buffer.alloc(USUAL_SIZE + numbers.length * HEAD);
  let used = shim.readQueues(processId, fds, numbers.length, bytes, bytes.length);
  if (used > SIZE_LIMIT) throw new TargetError(`${used} bytes are in them, which is more than is kept.`);
  if (used > bytes.length) {
    bytes = Buffer.alloc(used);
    used = shim.readQueues(processId, fds, numbers.length, bytes, bytes.length);
    if (used > bytes.length) throw new TargetError("What is in them changes all the time.");
  }
  if (used < 0) throw new TargetError(`What is in them cannot be read (${errorName(used)}).`);
  return decode(bytes.subarray(0, used));
}

function decode(bytes: Buffer): Map<number, Queue> {
  const queues = new Map<number, Queue>();
  for (let at = 0; at < bytes.length;) {
    const end = at + HEAD + bytes.readUInt32LE(at + 20);
    queues.set(bytes.readInt32LE(at), {
      result: bytes.readInt32LE(at + 4),
      flags: bytes.readUInt32LE(at + FLAGS),
      messages: bytes.readUInt32LE(at + 16),
      record: Buffer.from(bytes.subarray(at, end)),
    });
    at = end;
  }
  return queues;
}

/** The one queue of a record. */
export function queueIn(bytes: Buffer): Queue | undefined {
  return [...decode(bytes).values()][0];
}

/** Whether something comes with its messages beside their bytes. */
export function isAccompanied({ flags }: Queue): boolean {
  return (flags & QueueFlag.ancillary) !== 0;
}

/** Its messages, in order. */
export function messagesOf({ record }: Queue): Message[] {
  const messages: Message[] = [];
  for (let at = HEAD; at < record.length;) {
    const length = record.readUInt32LE(at);
    const files = (length & ACCOMPANIED) === 0 ? undefined : record.readUInt32LE(at + 4);
    const start = at + 4 + (files === undefined ? 0 : COMPANY + files * FILE);
    const end = start + (length & ~ACCOMPANIED);
    messages.push({
      bytes: record.subarray(start, end),
      files: Array.from({ length: files ?? 0 }, (_, index) =>
        fileAt(record, at + 4 + COMPANY + index * FILE),
      ),
      sender: files === undefined ? undefined : senderAt(record, at + 8),
    });
    at = end;
  }
  return messages;
}

function fileAt(record: Buffer, at: number): FlyingFile {
  return {
    file: record.readInt32LE(at),
    flags: record.readInt32LE(at + 4),
    offset: record.readBigInt64LE(at + 8),
  };
}

function senderAt(record: Buffer, at: number): Sender | undefined {
  const [processId, userId, groupId] = [0, 4, 8].map((place) => record.readInt32LE(at + place)) as [
    number,
    number,
    number,
  ];
  return processId === 0 ? undefined : { processId, userId, groupId };
}

/** Whether one of its messages is empty. */
export function hasEmpty(queue: Queue): boolean {
  return messagesOf(queue).some(({ bytes }) => bytes.length === 0);
}

/** Closes what flies in it. */
export function closeFiles(queue: Queue): void {
  if (!isAccompanied(queue)) return;
  for (const { files } of messagesOf(queue)) for (const { file } of files) shim.close(file);
}

/** The same queue without its messages: what it brings back is where the socket is peeked at (SO_PEEK_OFF). */
export function emptied({ record, ...queue }: Queue): Queue {
  const head = Buffer.from(record.subarray(0, HEAD));
  head.writeUInt32LE(0, FLAGS);
  head.writeUInt32LE(0, 16);
  head.writeUInt32LE(0, 20);
  return { ...queue, flags: 0, messages: 0, record: head };
}

/** Has the messages of a pipe be put back as packets (pipe(2), O_DIRECT). */
export function markPackets(queue: Queue): void {
  queue.record.writeUInt32LE(queue.flags | QueueFlag.packets, FLAGS);
}

/** Puts a queue back. `writer`: the descriptor of a socket's peer; -1 for a pipe. Gives 0 or -errno. */
export function fillQueue(processId: number, reader: number, writer: number, queue: Queue): number {
  return shim.fillQueue(processId, reader, writer, queue.record);
}
