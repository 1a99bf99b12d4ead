/** What is in pipes and Unix sockets: records of the shim (native-shim/shim_files.h, fp_read_queues). */
import { TargetError } from "../target";
import { errorName, shim } from "./shim";

const HEAD = 24;
const FLAGS = 12;
/** Mostly enough; else it is asked again. */
const USUAL_SIZE = 64 * 1024;
/** Of all queues of a checkpoint. */
const SIZE_LIMIT = 32 << 20;

export const QueueFlag = { noWriter: 1, ancillary: 2, packets: 4 } as const;

/** A queue as it was. */
export interface Queue {
  /** Negative: why it could not be read. */
  readonly result: number;
  readonly flags: number;
  readonly messages: number;
  /** As fp_fill_queue takes it. */
  readonly record: Buffer;
}

/** The queues of descriptors that can be read, by descriptor. Throws TargetError when they are too large. */
export function readQueues(processId: number, numbers: readonly number[]): Map<number, Queue> {
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  let bytes = Buffer.alloc(USUAL_SIZE + numbers.length * HEAD);
  let used = shim.readQueues(processId, fds, numbers.length, bytes, bytes.length);
  if (used > SIZE_LIMIT) throw new TargetError(`${used} bytes are in them, which is more than is kept.`);
  if (used > bytes.length) {
    bytes = Buffer.alloc(used);
    used = shim.readQueues(processId, fds, numbers.length, bytes, bytes.length);
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

/** Whether one of its messages is empty. */
export function hasEmpty({ record }: Queue): boolean {
  for (let at = HEAD; at < record.length; at += 4 + record.readUInt32LE(at))
    if (record.readUInt32LE(at) === 0) return true;
  return false;
}

/** Has the messages of a pipe be put back as packets (pipe(2), O_DIRECT). */
export function markPackets(queue: Queue): void {
  queue.record.writeUInt32LE(queue.flags | QueueFlag.packets, FLAGS);
}

/** Puts a queue back. `writer`: the descriptor of a socket's peer; -1 for a pipe. Gives 0 or -errno. */
export function fillQueue(processId: number, reader: number, writer: number, queue: Queue): number {
  return shim.fillQueue(processId, reader, writer, queue.record);
}
