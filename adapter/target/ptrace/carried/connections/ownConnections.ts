/**
 * TCP connections of which the program has both ends: records of the shim (native-shim/shim_files.h, fp_read_connections). A restart
 * takes the two sockets from the live program, where they are connected like that still, or makes others, and gives them what was
 * on its way.
 */
import { errorName, shim } from "../../shim";
import { counted } from "../files/descriptors";
import { queueIn, SIZE_LIMIT, type Queue } from "./queues";
import type { SocketImage } from "./socketImages";

const SIZE = 1880;
const SHUT = 8;
const IMAGE = 32;
/** Mostly enough; else it is asked again. */
const USUAL_SIZE = 4096;
/** fp_renew_connection: there is no such connection any more. */
const GONE = 1;
/** errno. */
const EADDRNOTAVAIL = 99;

/** One end of a connection that the program has with itself. */
export interface OwnEnd {
  /** The descriptor of the other end. */
  readonly peer: number;
  /** What it has to read, and what was written for it. */
  readonly queue: Queue;
  /** As fp_make_ends takes it. */
  readonly record: Buffer;
}

/** Finds those among connected TCP sockets, by descriptor; none of those of which it cannot be told what is on its way. */
export function findOwnConnections(processId: number, numbers: readonly number[]): Map<number, OwnEnd> {
  const found = new Map<number, OwnEnd>();
  if (numbers.length < 2) return found;
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  const bytes = Buffer.alloc(numbers.length * SIZE);
  if (shim.readConnections(processId, fds, numbers.length, bytes) < 0) return found;
  const records = numbers.map((_, index) => bytes.subarray(index * SIZE, (index + 1) * SIZE));
  let left = SIZE_LIMIT;
  records.forEach((record, one) => {
    const two = record.readInt32LE(0);
    const [near, far] = [numbers[one], numbers[two]];
    if (two < one || near === undefined || far === undefined) return;
    const queues = [read(processId, near, far, left), read(processId, far, near, left)] as const;
    if (queues[0] === undefined || queues[1] === undefined) return;
    left -= queues[0].record.length + queues[1].record.length;
    found.set(near, { peer: far, queue: queues[0], record });
    found.set(far, { peer: near, queue: queues[1], record: records[two] as Buffer });
  });
  return found;
}

/** Undefined: it cannot be read, or is more than is kept. */
function read(processId: number, reader: number, writer: number, limit: number): Queue | undefined {
  let bytes = Buffer.alloc(USUAL_SIZE);
  let used = shim.readConnection(processId, reader, writer, bytes, bytes.length);
  if (used > bytes.length && used <= limit) {
    bytes = Buffer.alloc(used);
    used = shim.readConnection(processId, reader, writer, bytes, bytes.length);
  }
  return used < 0 || used > bytes.length ? undefined : queueIn(bytes.subarray(0, used));
}

/** Whether it has ended what it writes itself (shutdown(2)). */
export function hasEnded({ record }: OwnEnd): boolean {
  return (record.readUInt32LE(SHUT) & 1) !== 0;
}

/** Its addresses, as those of one that is like it. */
export function namesOf({ record }: OwnEnd): Pick<SocketImage, "record"> {
  return { record: record.subarray(IMAGE) };
}

/** Two sockets of this process, where they are connected still, as a record says. Undefined: they are not, and are reset. */
export function renewConnection(
  files: readonly (number | undefined)[],
  record: Buffer,
): { readonly result: number } | undefined {
  const [one = -1, two = -1] = files;
  const result = shim.renewConnection(one, two, record, BigInt(record.length));
  return result === GONE ? undefined : { result };
}

/** What has become of connections, by their results (fp_make_ends): for a person. */
export function describeFailures(results: readonly number[]): string[] {
  const moved = results.filter((result) => result === EADDRNOTAVAIL).length;
  const refused = results.filter((result) => result > 0 && result !== EADDRNOTAVAIL);
  const sentences: string[] = [];
  if (moved > 0)
    sentences.push(
      `${counted(moved, "connection")} of the program with itself could not have the same ports again: they are in use.`,
    );
  if (refused.length > 0)
    sentences.push(
      `An option of ${counted(refused.length, "connection")} of the program with itself could not be set again (${refused.map((result) => errorName(-result)).join(", ")}).`,
    );
  return sentences;
}
