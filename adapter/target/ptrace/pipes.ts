/** What is in the pipes that only the program holds. Copies share pipes: what one reads, the others miss. */
import { TargetError, type Fidelity } from "../target";
import type { Carried, Subject } from "./carried";
import { counted, FileFormat, type Descriptor } from "./descriptors";
import { heldByDescendants, keyOf } from "./holders";
import { fillQueue, markPackets, QueueFlag, readQueues, type Queue } from "./queues";
import { errorName } from "./shim";

/** open(2), fcntl(2). */
const ACCESS = 3;
const READ_ONLY = 0;
const WRITE_ONLY = 1;
const PACKETS = 0o40000;

/** The pipes that a frozen copy holds an end to write to of; a program that closed its own has not lost it to others. */
const writableFromCopies = new Map<number, ReadonlySet<string>>();

interface Pipe {
  readonly key: string;
  /** Undefined: the program has no such end. */
  readonly reader: Descriptor | undefined;
  readonly writer: Descriptor | undefined;
}

interface OwnPipe {
  readonly reader: number;
  readonly queue: Queue;
}

/** Carrier of pipes' contents and sizes. */
export function carryPipes(subject: Subject): Carried {
  const { copy, descriptors } = subject;
  const pipes = groupEnds(descriptors.ofFormat(FileFormat.pipe));
  if (pipes.length === 0) return { reach: "shared", restore: () => undefined, fidelity: () => [] };
  const readers = pipes.flatMap(({ reader }) => (reader === undefined ? [] : [reader.number]));
  const queues = readers.length > 0 ? readQueues(copy, readers) : new Map<number, Queue>();
  const children = heldByDescendants(subject);
  const own: OwnPipe[] = [];
  const lost = new Map<string, number>();
  for (const pipe of pipes) {
    const queue = pipe.reader && queues.get(pipe.reader.number);
    const why = whyNotOwn(pipe, queue, children);
    if (why !== undefined) lost.set(why, (lost.get(why) ?? 0) + 1);
    else if (pipe.reader !== undefined && queue !== undefined)
      own.push({ reader: pipe.reader.number, queue: asWritten(queue, pipe.writer) });
  }
  writableFromCopies.set(copy, new Set(pipes.filter(({ writer }) => writer).map(({ key }) => key)));
  return {
    reach: "shared",
    restore: (fresh) => refill(fresh.processId, own),
    fidelity: () => [...restored(own.length), ...notRestored(lost)],
    release: () => writableFromCopies.delete(copy),
  };
}

function groupEnds(ends: readonly Descriptor[]): Pipe[] {
  const groups = new Map<string, Descriptor[]>();
  for (const end of ends) {
    const group = groups.get(keyOf(end));
    if (group === undefined) groups.set(keyOf(end), [end]);
    else group.push(end);
  }
  return [...groups].map(([key, group]) => ({
    key,
    reader: group.find(({ flags }) => (flags & ACCESS) !== WRITE_ONLY),
    writer: group.find(({ flags }) => (flags & ACCESS) !== READ_ONLY),
  }));
}

/** Undefined: nobody but the program and its copies can read or write it. */
function whyNotOwn(
  { key, reader, writer }: Pipe,
  queue: Queue | undefined,
  children: ReadonlyMap<string, number>,
): string | undefined {
  const child = children.get(key);
  if (child !== undefined) return `shared with process ${child}, which is not wound back`;
  if (reader === undefined || queue === undefined) return "read by somebody else, who has it already";
  const isEnded = (queue.flags & QueueFlag.noWriter) !== 0;
  const isOurs = writer !== undefined || [...writableFromCopies.values()].some((keys) => keys.has(key));
  if (!isOurs && !isEnded) return "written by somebody else; what was read of them is gone";
  return queue.result < 0 ? `cannot be read (${errorName(queue.result)})` : undefined;
}

function asWritten(queue: Queue, writer: Descriptor | undefined): Queue {
  if (writer !== undefined && (writer.flags & PACKETS) !== 0) markPackets(queue);
  return queue;
}

function refill(processId: number, pipes: readonly OwnPipe[]): void {
  const failed = pipes.flatMap(({ reader, queue }) => {
    const result = fillQueue(processId, reader, -1, queue);
    return result < 0 ? [`of descriptor ${reader} (${errorName(result)})`] : [];
  });
  if (failed.length > 0) throw new TargetError(`What was in the pipe ${failed.join(", ")}.`);
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
