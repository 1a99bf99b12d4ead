/** The program's sockets, as they are looked at from outside. */
import { TargetError } from "../target";
import type { Descriptor } from "./descriptors";
import { Poll, readEndStates, type EndState } from "./madeEnds";
import { readQueues, type Queue } from "./queues";
import { errorName, shim } from "./shim";
import { readImages, type SocketImage } from "./socketImages";
import { AF_UNIX, SOCK_DGRAM } from "./socketKinds";

const RECORD_SIZE = 32;

export interface Socket {
  /** The first of its descriptors. */
  readonly descriptor: Descriptor;
  readonly all: readonly Descriptor[];
  readonly domain: number;
  readonly type: number;
  readonly listening: boolean;
  readonly connected: boolean;
  /** Of a Unix socket; 0: none, or it is not known. */
  readonly peer: bigint;
  readonly state: EndState | undefined;
  /** Of a Unix socket. */
  readonly queue: Queue | undefined;
  /** Of one without a connection, where it can be opened anew. */
  readonly image: SocketImage | undefined;
  /** A connection by network is being made (connect(2), EINPROGRESS). */
  readonly connecting: boolean;
}

/** Each socket once, however many descriptors it has: `found`, those of a frozen copy. Throws TargetError. */
export function describeSockets(copy: number, found: readonly Descriptor[]): Socket[] {
  const groups = new Map<bigint, Descriptor[]>();
  for (const one of found) groups.set(one.inode, [...(groups.get(one.inode) ?? []), one]);
  const unique = [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ descriptor: first, all: [first, ...others] }],
  );
  const asked = Buffer.from(
    BigInt64Array.from(unique.flatMap(({ descriptor: d }) => [BigInt(d.number), d.inode])).buffer,
  );
  const answer = Buffer.alloc(unique.length * RECORD_SIZE);
  const result = shim.describeSockets(copy, asked, unique.length, answer);
  if (result < 0) throw new TargetError(`They cannot be looked at (${errorName(result)}).`);
  const domainAt = (index: number): number => answer.readInt32LE(index * RECORD_SIZE + 8);
  const numbers = unique.map(({ descriptor }) => descriptor.number);
  const states = readEndStates(copy, numbers);
  const local = numbers.filter((_, index) => domainAt(index) === AF_UNIX);
  const queues = local.length > 0 ? readQueues(copy, local) : new Map<number, Queue>();
  const images = readImages(copy, numbers);
  return unique.map(({ descriptor, all }, index) => {
    const at = index * RECORD_SIZE;
    return {
      descriptor,
      all,
      domain: domainAt(index),
      type: answer.readInt32LE(at + 12),
      listening: answer.readInt32LE(at + 16) !== 0,
      connected: answer.readInt32LE(at + 20) !== 0,
      peer: answer.readBigUInt64LE(at + 24),
      state: states.get(descriptor.number),
      queue: queues.get(descriptor.number),
      image: images.renewable.get(descriptor.number),
      connecting: images.connecting.has(descriptor.number),
    };
  });
}

/** Nobody has the other end any more. */
export function isHungUp(socket: Socket): boolean {
  return isUnixStream(socket) && socket.connected && ((socket.state?.events ?? 0) & Poll.hangUp) !== 0;
}

/** One that has its peer for itself. */
export function isUnixStream({ domain, type }: Socket): boolean {
  return domain === AF_UNIX && type !== SOCK_DGRAM;
}

/** Nothing more comes from its peer (shutdown(2)). */
export function isShut({ state }: Socket): boolean {
  return ((state?.events ?? 0) & Poll.readHangUp) !== 0;
}
