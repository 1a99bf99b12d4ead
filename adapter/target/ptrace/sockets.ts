/** What is in the queues of connected Unix sockets that both are the program's own, and what is said of all others. */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { heldByDescendants, keyOf } from "./holders";
import { fillQueue, QueueFlag, readQueues, type Queue } from "./queues";
import { errorName, shim } from "./shim";

const RECORD_SIZE = 32;
/** socket(2). */
const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;

interface Socket {
  readonly descriptor: Descriptor;
  readonly domain: number;
  readonly listening: boolean;
  readonly connected: boolean;
  /** Of a Unix socket; 0: none, or it is not known. */
  readonly peer: bigint;
}

/** A socket whose peer is the program's too. */
interface Half {
  readonly reader: number;
  readonly writer: number;
  readonly queue: Queue;
}

/** What is not carried: `sockets ... why`, with their number. */
type Others = Map<string, { readonly state: Fidelity["state"]; count: number }>;

/** Carrier of what is in socket pairs. */
export function carrySockets(subject: Subject): Carried {
  const { copy, descriptors } = subject;
  const found = descriptors.ofFormat(FileFormat.socket);
  if (found.length === 0) return { reach: "shared", restore: () => undefined, fidelity: () => [] };
  const sockets = describe(copy, found);
  const children = heldByDescendants(subject);
  const others: Others = new Map();
  const paired = sockets.flatMap((socket) => {
    const child = children.get(keyOf(socket.descriptor));
    const peer = peerOf(socket, sockets);
    if (child === undefined && peer !== undefined) return [{ socket, peer }];
    note(others, ...judge(socket, child));
    return [];
  });
  const halves = readHalves(copy, paired, others);
  return {
    reach: "shared",
    restore: (fresh) => refill(fresh.processId, halves),
    fidelity: () => [...restored(halves.length), ...toFidelity(others)],
  };
}

/** Each socket once, however many descriptors it has. */
function describe(copy: number, found: readonly Descriptor[]): Socket[] {
  const unique = [...new Map(found.map((descriptor) => [descriptor.inode, descriptor])).values()];
  const asked = Buffer.from(BigInt64Array.from(unique.flatMap((d) => [BigInt(d.number), d.inode])).buffer);
  const answer = Buffer.alloc(unique.length * RECORD_SIZE);
  const result = shim.describeSockets(copy, asked, unique.length, answer);
  if (result < 0) throw new TargetError(`They cannot be looked at (${errorName(result)}).`);
  return unique.map((descriptor, index) => {
    const at = index * RECORD_SIZE;
    return {
      descriptor,
      domain: answer.readInt32LE(at + 8),
      listening: answer.readInt32LE(at + 16) !== 0,
      connected: answer.readInt32LE(at + 20) !== 0,
      peer: answer.readBigUInt64LE(at + 24),
    };
  });
}

/** The other socket of a pair; a socket that others send to as well has none. */
function peerOf(socket: Socket, sockets: readonly Socket[]): Socket | undefined {
  if (socket.peer === 0n) return undefined;
  const peer = sockets.find(({ descriptor }) => descriptor.inode === socket.peer);
  return peer?.peer === socket.descriptor.inode ? peer : undefined;
}

function judge(
  { domain, listening, connected }: Socket,
  child: number | undefined,
): readonly [what: string, state: Fidelity["state"]] {
  if (child !== undefined) return [`shared with process ${child}, which is not wound back`, "notRestored"];
  if (listening)
    return ["listening: they stay open and bound, and whoever waits there is shared", "approximate"];
  if (!connected && domain !== AF_UNIX)
    return ["without a peer: they stay open, as they are now", "approximate"];
  if (domain === AF_INET || domain === AF_INET6)
    return [
      "connected by network: the connection stays, as it is now; the peer is not wound back",
      "notRestored",
    ];
  if (domain !== AF_UNIX) return ["to the kernel: they stay as they are now", "notRestored"];
  return connected
    ? ["connected with other processes, which are not wound back", "notRestored"]
    : [
        "without a peer, or its other end is closed: what is in their queues stays as it is now",
        "approximate",
      ];
}

function note(others: Others, why: string, state: Fidelity["state"]): void {
  const known = others.get(why);
  if (known === undefined) others.set(why, { state, count: 1 });
  else known.count++;
}

function readHalves(
  copy: number,
  paired: readonly { readonly socket: Socket; readonly peer: Socket }[],
  others: Others,
): Half[] {
  if (paired.length === 0) return [];
  const numbers = paired.map(({ socket }) => socket.descriptor.number);
  const queues = readQueues(copy, numbers);
  return paired.flatMap(({ socket, peer }) => {
    const reader = socket.descriptor.number;
    const queue = queues.get(reader);
    if (queue === undefined) return [];
    if (queue.result < 0) {
      note(others, `that cannot be read (${errorName(queue.result)})`, "notRestored");
      return [];
    }
    if ((queue.flags & QueueFlag.ancillary) !== 0) {
      note(
        others,
        "with descriptors or credentials in flight: their queues stay as they are now",
        "notRestored",
      );
      return [];
    }
    return [{ reader, writer: peer.descriptor.number, queue }];
  });
}

function refill(processId: number, halves: readonly Half[]): void {
  const failed = halves.flatMap(({ reader, writer, queue }) => {
    const result = fillQueue(processId, reader, writer, queue);
    return result < 0 ? [`of descriptor ${reader} (${errorName(result)})`] : [];
  });
  if (failed.length > 0) throw new TargetError(`What was in the queue of the socket ${failed.join(", ")}.`);
}

function restored(halves: number): Fidelity[] {
  if (halves === 0) return [];
  const detail = `what is in the queues of ${counted(halves, "socket")} connected with one another`;
  return [{ resource: "sockets", state: "restored", detail }];
}

function toFidelity(others: Others): Fidelity[] {
  return [...others].map(([why, { state, count }]) => {
    return { resource: "sockets", state, detail: `${counted(count, "socket")} ${why}` };
  });
}
