/** What is in the program's sockets, and who has their other ends. */
import type { Fidelity } from "../../../checkpointer";
import { hasRoom } from "../../remote/descriptorRoom";
import { errorName } from "../../shim";
import type { Subject } from "../carried";
import { counted, FileFormat } from "../files/descriptors";
import { NOBODY, STRANGER, type AccompaniedQueues, type Connection, type Judged } from "./connection";
import { heldByDescendants, heldByParent, keyOf } from "./holders";
import { wantsCredentials, withoutCredentials, type MadeEnd, type Making } from "./madeEnds";
import { hasEnded, type OwnEnd } from "./ownConnections";
import { closeFiles, emptied, fillQueue, hasEmpty, isAccompanied, QueueFlag, type Queue } from "./queues";
import { describeSockets, isHungUp, isShut, isUnixStream, type Socket } from "./socketDescriptions";
import { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from "./socketKinds";
import { renewalOf, sharedWith } from "./socketRenewal";

/** What is said of sockets: `sockets ... why`, with their number. */
type Said = Map<string, { readonly state: Fidelity["state"]; count: number }>;

const PAIRED = "connected with one another";
const IN_FLIGHT = "with descriptors or credentials in flight: their queues stay as they are now";

const judged = new WeakMap<Subject, Judged>();

/** Looks at the program's sockets, once. Throws TargetError when that cannot be done. */
export function judgeSockets(subject: Subject): Judged {
  const known = judged.get(subject) ?? judgeAll(subject);
  judged.set(subject, known);
  return known;
}

function judgeAll(subject: Subject): Judged {
  const found = subject.descriptors.ofFormat(FileFormat.socket);
  if (found.length === 0) return { connections: [], fidelity: [], refill: () => [] };
  const sockets = describeSockets(subject.copy, found, !subject.hasForked);
  const children = heldByDescendants(subject);
  const said: Said = new Map();
  const connections: Connection[] = [];
  const held: { reader: number; writer: number; queue: Queue }[] = [];
  for (const socket of sockets) {
    const peer = peerOf(socket, sockets);
    const child = childOf(socket, peer, children);
    if (child === undefined && peer !== undefined && !heldByParent(subject).has(keyOf(socket.descriptor))) {
      if (!isCarried(said, socket)) continue;
      const isMade = isCarried(new Map(), peer) && hasRoom(subject);
      if (!isMade && (accompanies(socket) || socket.own)) {
        note(said, ...(socket.own ? judge(socket, child) : ([IN_FLIGHT, "notRestored"] as const)));
        continue;
      }
      note(said, PAIRED, "restored");
      if (!isMade)
        held.push({ reader: numberOf(socket), writer: numberOf(peer), queue: socket.queue as Queue });
      else if (socket.descriptor.inode < peer.descriptor.inode)
        connections.push(pairOf(subject, socket, peer));
    } else {
      const renewal = heldByParent(subject).has(keyOf(socket.descriptor))
        ? undefined
        : renewalOf(socket, child);
      note(said, ...(renewal?.said ?? judge(socket, child)));
      if (renewal) connections.push(renewal.connection);
      else if (child !== undefined || isConnection(socket)) connections.push(loneOf(socket, child));
    }
  }
  dropOthers(sockets, connections);
  return {
    connections,
    fidelity: toFidelity(said),
    refill: (processId) => held.flatMap((one) => refillOne(processId, one.reader, one.writer, one.queue)),
  };
}

/** Closes what flies in the queues of those that are not made anew. */
function dropOthers(sockets: readonly Socket[], connections: readonly Connection[]): void {
  const kept = new Set(connections.flatMap(({ accompanied }) => accompanied?.queues ?? []));
  for (const { queue } of sockets) if (queue && !kept.has(queue)) closeFiles(queue);
}

function accompanies({ queue }: Socket): boolean {
  return queue !== undefined && isAccompanied(queue);
}

function numberOf({ descriptor }: Socket): number {
  return descriptor.number;
}

/** The other socket of a pair; a socket that others send to as well has none. */
function peerOf(socket: Socket, sockets: readonly Socket[]): Socket | undefined {
  if (socket.peer === 0n) return undefined;
  const peer = sockets.find(({ descriptor }) => descriptor.inode === socket.peer);
  return peer?.peer === socket.descriptor.inode ? peer : undefined;
}

/** A child that has the socket or what it is connected with. */
function childOf(
  { descriptor, peer }: Socket,
  other: Socket | undefined,
  children: ReadonlyMap<string, number>,
): number | undefined {
  const far = other?.descriptor ?? { device: descriptor.device, inode: peer };
  return children.get(keyOf(descriptor)) ?? (peer === 0n ? undefined : children.get(keyOf(far)));
}

/** Somebody waits at the other end for what comes, and for its end. */
function isConnection(socket: Socket): boolean {
  const { domain, type, connected } = socket;
  if (socket.connecting) return true;
  if (!connected || (socket.queue && !isCarried(new Map(), socket))) return false;
  // Of what others have, it is not known who else waits for what flies there.
  if (accompanies(socket) && !isHungUp(socket)) return false;
  return isUnixStream(socket) || (type === SOCK_STREAM && (domain === AF_INET || domain === AF_INET6));
}

/** Whether what is in its queue is known; says why not. */
function isCarried(said: Said, { queue }: Socket): boolean {
  const isKnown = queue !== undefined && queue.result >= 0;
  if (isKnown && !isAccompanied(queue)) return true;
  // An empty message is seen but once (sock.h, skb->peeked).
  if (isKnown && (queue.flags & QueueFlag.lost) === 0 && !hasEmpty(queue)) return true;
  if (isKnown) note(said, IN_FLIGHT, "notRestored");
  else note(said, `that cannot be read (${errorName(queue?.result ?? -9)})`, "notRestored");
  return false;
}

function endOf(socket: Socket, other: Socket | undefined): MadeEnd {
  const { descriptor, queue, state } = socket;
  const known = queue !== undefined && queue.result >= 0 ? queue : undefined;
  // What one writes no more is what the other has read to its end (shutdown(2)); of datagrams, each has it for itself.
  return { flags: descriptor.flags, state, queue: known, isShut: other !== undefined && isShut(other) };
}

function pairOf({ copy }: Subject, one: Socket, two: Socket): Connection {
  if (one.own && two.own) return ownConnectionOf(one, two, [one.own, two.own]);
  // An empty message cannot be looked at twice: it is put in anew (sock.h, skb->peeked).
  for (const [reader, writer] of [
    [one, two],
    [two, one],
  ] as const)
    if (reader.queue && !accompanies(reader) && hasEmpty(reader.queue))
      fillQueue(copy, numberOf(reader), numberOf(writer), reader.queue);
  const isWhole = one.type === SOCK_DGRAM;
  const ends = [endOf(one, isWhole ? undefined : two), endOf(two, isWhole ? undefined : one)] as const;
  return {
    ends: [one.all, two.all],
    other: NOBODY,
    ...made({ kind: "pair", domain: AF_UNIX, type: one.type, ends }),
  };
}

/** It is had from the live program where that has it still. */
function ownConnectionOf(one: Socket, two: Socket, own: readonly [OwnEnd, OwnEnd]): Connection {
  const { domain, type } = one;
  const end = ({ descriptor, state }: Socket, own: OwnEnd): MadeEnd => {
    return { flags: descriptor.flags, state, own, isShut: hasEnded(own) };
  };
  const ends = [end(one, own[0]), end(two, own[1])] as const;
  return {
    ends: [one.all, two.all],
    other: STRANGER,
    making: { kind: "connection", domain, type, ends },
  };
}

/** How something is made, and what comes behind that where something comes with messages. */
function made(making: Making): Pick<Connection, "making" | "accompanied"> {
  const [first, second] = making.ends;
  const queueOf = ({ queue }: MadeEnd): Queue | undefined =>
    queue && isAccompanied(queue) ? queue : undefined;
  const queues = [queueOf(first), queueOf(second)] as const;
  if (queues.every((queue) => queue === undefined)) return { making };
  const accompanied: AccompaniedQueues = {
    queues,
    credentials: [wantsCredentials(first.state), wantsCredentials(second.state)],
    shut: [first.isShut === true, second.isShut === true],
  };
  return { making: { ...making, ends: [bareEnd(first), bareEnd(second)] }, accompanied };
}

/** One to be filled later. */
function bareEnd({ queue, state, ...end }: MadeEnd): MadeEnd {
  return {
    ...end,
    queue: queue && isAccompanied(queue) ? emptied(queue) : queue,
    state: state && withoutCredentials(state),
    isClosed: false,
    isShut: false,
  };
}

/** One end, like that of a connection whose other end is closed. */
function loneOf(socket: Socket, child: number | undefined): Connection {
  const { domain, type, all } = socket;
  const other = child ?? (isHungUp(socket) ? NOBODY : STRANGER);
  const near = { ...endOf(socket, undefined), isShut: false };
  const far = { flags: 0, isClosed: true };
  const kind = domain === AF_UNIX ? "pair" : "lone";
  return { ends: [all, []], other, ...made({ kind, domain, type, ends: [near, far] }) };
}

function judge(socket: Socket, child: number | undefined): readonly [what: string, state: Fidelity["state"]] {
  const { domain, listening, connected, connecting } = socket;
  const later = "at a restart they are what they are then, or as if the other end had been closed";
  if (child !== undefined) return [sharedWith(child), "notRestored"];
  if (isHungUp(socket)) return ["whose other end is closed", "restored"];
  if (listening)
    return ["listening: they stay open and bound, and whoever waits there is shared", "approximate"];
  if (connecting) return [`being connected by network: the peer is not wound back; ${later}`, "notRestored"];
  if (!connected && domain !== AF_UNIX)
    return ["without a peer: they stay open, as they are now", "approximate"];
  if (domain === AF_INET || domain === AF_INET6)
    return [`connected by network: the peer is not wound back; ${later}`, "notRestored"];
  if (domain !== AF_UNIX) return ["to the kernel: they stay as they are now", "notRestored"];
  return connected
    ? [
        `connected by a name, with other processes or the program itself: the other end is not wound back; ${later}`,
        "notRestored",
      ]
    : ["without a peer: what is in their queues stays as it is now", "approximate"];
}

function note(said: Said, why: string, state: Fidelity["state"]): void {
  const known = said.get(why);
  if (known === undefined) said.set(why, { state, count: 1 });
  else known.count++;
}

function refillOne(processId: number, reader: number, writer: number, queue: Queue): string[] {
  const result = fillQueue(processId, reader, writer, queue);
  return result < 0 ? [`of descriptor ${reader} (${errorName(result)})`] : [];
}

function toFidelity(said: Said): Fidelity[] {
  return [...said].map(([why, { state, count }]) => {
    const socket = counted(count, "socket");
    const detail = why === PAIRED ? `what is in the queues of ${socket} ${why}` : `${socket} ${why}`;
    return { resource: "sockets", state, detail };
  });
}
