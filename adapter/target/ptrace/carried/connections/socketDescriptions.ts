/** The program's sockets, as they are looked at from outside. */
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import type { Descriptor } from "../files/descriptors";
import { Poll, readEndStates, type EndState } from "./madeEnds";
import { findOwnConnections, type OwnEnd } from "./ownConnections";
import { readQueues, type Queue } from "./queues";
import { readImages, type SocketImage } from "./socketImages";
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from "./socketKinds";

const RECORD_SIZE = 32;

interface Facts {
  readonly domain: number;
  readonly type: number;
  readonly listening: boolean;
  readonly connected: boolean;
  /** Of a Unix socket, or of a connection of the program with itself; 0: none, or it is not known. */
  readonly peer: bigint;
}

export interface Socket extends Facts {
  /** The first of its descriptors. */
  readonly descriptor: Descriptor;
  readonly all: readonly Descriptor[];
  readonly state: EndState | undefined;
  /** Of one that may have a peer. */
  readonly queue: Queue | undefined;
  /** Of one without a connection, where it can be opened anew. */
  readonly image: SocketImage | undefined;
  /** A connection by network is being made (connect(2), EINPROGRESS). */
  readonly connecting: boolean;
  /** The program has the other end of its connection by network. */
  readonly own: OwnEnd | undefined;
}

/**
 * Each socket once, however many descriptors it has: `found`, those of a frozen copy. `isAlone`: no process can have any of them
 * from the program. Throws TargetError.
 */
export function describeSockets(copy: number, found: readonly Descriptor[], isAlone: boolean): Socket[] {
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
  const facts = unique.map((_, index) => decodeFacts(answer.subarray(index * RECORD_SIZE)));
  const numbersOf = (is: (facts: Facts) => boolean): number[] =>
    unique.flatMap(({ descriptor }, index) => (is(facts[index] as Facts) ? descriptor.number : []));
  const states = readEndStates(
    copy,
    numbersOf(() => true),
  );
  const local = numbersOf(({ domain }) => domain === AF_UNIX);
  const queues = local.length > 0 ? readQueues(copy, local) : new Map<number, Queue>();
  const images = readImages(copy, numbersOf(mayHaveImage));
  const ends = findOwnConnections(copy, isAlone ? numbersOf(isConnection) : []);
  const inodes = new Map(unique.map(({ descriptor: { number, inode } }) => [number, inode]));
  return unique.map(({ descriptor, all }, index) => {
    const { number } = descriptor;
    const known = facts[index] as Facts;
    const own = ends.get(number);
    return {
      descriptor,
      all,
      ...known,
      peer: (own && inodes.get(own.peer)) ?? known.peer,
      state: states.get(number),
      queue: own?.queue ?? queues.get(number),
      image: images.renewable.get(number),
      connecting: images.connecting.has(number),
      own,
    };
  });
}

/** As fp_describe_sockets gives them. */
function decodeFacts(record: Buffer): Facts {
  return {
    domain: record.readInt32LE(8),
    type: record.readInt32LE(12),
    listening: record.readInt32LE(16) !== 0,
    connected: record.readInt32LE(20) !== 0,
    peer: record.readBigUInt64LE(24),
  };
}

/** Of those that are connected only a network's datagram sockets have one. */
function mayHaveImage({ domain, type, connected }: Facts): boolean {
  return !connected || (domain !== AF_UNIX && type === SOCK_DGRAM);
}

/** By network. */
function isConnection({ domain, type, connected }: Facts): boolean {
  return connected && type === SOCK_STREAM && (domain === AF_INET || domain === AF_INET6);
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
