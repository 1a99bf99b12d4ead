/** What is in the program's pipes, and who else has them. Copies share pipes: what one reads, the others miss. */
import { fstatSync } from "node:fs";
import type { Fidelity } from "../../../checkpointer";
import { hasRoom } from "../../remote/descriptorRoom";
import { errorName, shim } from "../../shim";
import type { Subject } from "../carried";
import { counted, FileFormat, type Descriptor } from "../files/descriptors";
import { NOBODY, type Connection, type Judged } from "./connection";
import { heldByDescendants, heldByParent, keyOf } from "./holders";
import { encodeMaking, makeEnds, Poll, readEndStates } from "./madeEnds";
import { fillQueue, markPackets, QueueFlag, readQueues, type Queue } from "./queues";

/** open(2), fcntl(2). */
const ACCESS = 3;
const READ_ONLY = 0;
const WRITE_ONLY = 1;
const PACKETS = 0o40000;

interface Pipe {
  readonly key: string;
  readonly readers: readonly Descriptor[];
  readonly writers: readonly Descriptor[];
  /** What is in it, where the program has an end to read from. */
  readonly queue: Queue | undefined;
  /** The program has an end to write to, and nobody one to read from. */
  readonly isUnread: boolean;
}

const judged = new WeakMap<Subject, Judged>();

/** Looks at the program's pipes, once. */
export function judgePipes(subject: Subject): Judged {
  const known = judged.get(subject) ?? judge(subject);
  judged.set(subject, known);
  return known;
}

function judge(subject: Subject): Judged {
  const ends = subject.descriptors.ofFormat(FileFormat.pipe);
  if (ends.length === 0) return { connections: [], fidelity: [], refill: () => [] };
  const children = heldByDescendants(subject);
  const parents = heldByParent(subject);
  const connections: Connection[] = [];
  const held: { reader: number; queue: Queue }[] = [];
  const lost = new Map<string, number>();
  const lose = (why: string): void => void lost.set(why, (lost.get(why) ?? 0) + 1);
  for (const pipe of lookAt(subject, ends)) {
    const other = children.get(pipe.key) ?? parents.get(pipe.key);
    const why = whyNotOwn(pipe, other);
    if (why !== undefined) lose(why);
    if (other !== undefined || (why === undefined && canBeMade(pipe) && hasRoom(subject)))
      connections.push(connectionOf(pipe, other ?? NOBODY));
    else if (why === undefined && pipe.queue && pipe.readers[0])
      held.push({ reader: pipe.readers[0].number, queue: pipe.queue });
  }
  const own = connections.filter(({ other }) => other === NOBODY).length + held.length;
  return {
    connections,
    fidelity: [...restored(own), ...notRestored(lost)],
    refill: (processId) => held.flatMap(({ reader, queue }) => refillOne(processId, reader, queue)),
  };
}

function lookAt({ copy }: Subject, ends: readonly Descriptor[]): Pipe[] {
  const groups = new Map<string, Descriptor[]>();
  for (const end of ends) groups.set(keyOf(end), [...(groups.get(keyOf(end)) ?? []), end]);
  const pipes = [...groups].map(([key, group]) => ({
    key,
    readers: group.filter(({ flags }) => (flags & ACCESS) !== WRITE_ONLY),
    writers: group.filter(({ flags }) => (flags & ACCESS) !== READ_ONLY),
  }));
  const read = pipes.flatMap(({ readers }) => readers[0]?.number ?? []);
  const queues = read.length > 0 ? readQueues(copy, read) : new Map<number, Queue>();
  const writtenOnly = pipes.flatMap(({ readers, writers }) => (readers[0] ? [] : (writers[0]?.number ?? [])));
  const states = readEndStates(copy, writtenOnly);
  return pipes.map(({ key, readers, writers }) => {
    const queue = readers[0] && queues.get(readers[0].number);
    if (queue && ((writers[0]?.flags ?? 0) & PACKETS) !== 0) markPackets(queue);
    const events = writers[0] && states.get(writers[0].number)?.events;
    return { key, readers, writers, queue, isUnread: ((events ?? 0) & Poll.error) !== 0 };
  });
}

/** Undefined: nobody but the program can read or write it. */
function whyNotOwn(
  { readers, writers, queue, isUnread }: Pipe,
  other: number | undefined,
): string | undefined {
  if (other !== undefined) return `shared with process ${other}, which is not wound back`;
  const holds = "and sees no end of it while this checkpoint is there";
  if (queue === undefined || readers.length === 0)
    return isUnread ? undefined : `read by somebody else, who has it already, ${holds}`;
  const isEnded = (queue.flags & QueueFlag.noWriter) !== 0;
  if (writers.length === 0 && !isEnded)
    return `written by somebody else, ${holds}; what was read of them is gone`;
  return queue.result < 0 ? `cannot be read (${errorName(queue.result)})` : undefined;
}

/** With a name in the file system, or several files at one end, it stays what it is. */
function canBeMade({ key, readers, writers }: Pipe): boolean {
  const isOneFile = ([first, ...others]: readonly Descriptor[]): boolean =>
    others.every(({ flags }) => flags === first?.flags);
  const isOneWay = readers.every((end) => !writers.includes(end));
  return isOneWay && isOneFile(readers) && isOneFile(writers) && key.startsWith(`${pipeDevice()}:`);
}

let device: bigint | undefined;

/** The device of pipes without a name. */
function pipeDevice(): bigint {
  if (device !== undefined) return device;
  const end = { flags: 0 };
  const [made] = makeEnds(
    [encodeMaking({ kind: "pipe", domain: 0, type: 0, ends: [end, end] })],
    process.pid,
  );
  const [reader, writer] = made?.files ?? [-1, -1];
  device = reader < 0 ? 0n : fstatSync(reader, { bigint: true }).dev;
  for (const file of [reader, writer]) if (file >= 0) shim.close(file);
  return device;
}

function connectionOf({ readers, writers, queue }: Pipe, other: number): Connection {
  const isFilled = queue !== undefined && queue.result >= 0;
  return {
    ends: [readers, writers.filter((end) => !readers.includes(end))],
    other,
    making: {
      kind: "pipe",
      domain: 0,
      type: 0,
      ends: [
        {
          flags: readers[0]?.flags ?? 0,
          queue: isFilled ? queue : undefined,
          isClosed: readers.length === 0,
        },
        { flags: writers[0]?.flags ?? 0, isClosed: writers.length === 0 },
      ],
    },
  };
}

function refillOne(processId: number, reader: number, queue: Queue): string[] {
  const result = fillQueue(processId, reader, -1, queue);
  return result < 0 ? [`of descriptor ${reader} (${errorName(result)})`] : [];
}

function restored(count: number): Fidelity[] {
  if (count === 0) return [];
  return [{ resource: "pipes", state: "restored", detail: `what is in ${counted(count, "pipe")}` }];
}

function notRestored(lost: ReadonlyMap<string, number>): Fidelity[] {
  return [...lost].map(([why, count]) => {
    return { resource: "pipes", state: "notRestored", detail: `${counted(count, "pipe")} ${why}` };
  });
}
