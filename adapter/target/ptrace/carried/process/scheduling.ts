/**
 * How processors and disks are shared out to each thread: policy, priority and nice value, cores, I/O priority
 * (sched(7), ioprio_set(2)). A copy's threads have those of the thread that it was cloned by.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { errorName, shim } from "../../shim";
import type { ThreadRecords } from "../../threads/threadRecords";
import { NOTHING, type Carried, type Subject, type ThreadAt } from "../carried";
import { counted } from "../files/descriptors";

/** FP_SCHEDULE_SIZE and what a record has (native-shim/shim_copies.h). */
const RECORD_SIZE = 192;
const WORD = 4;
const RESULT = 4;
const FLAGS = 16;
/** sched_setattr(2): a child gets the usual policy and no advantage. */
const RESET_ON_FORK = 1n;

/** sched(7): SCHED_DEADLINE, which no child may have: the kernel refuses to clone such a thread (EAGAIN). */
const POLICY = 12;
const DEADLINE = 6;

/** A thread by its place in the records, with a schedule record. */
interface Schedule {
  readonly thread: number;
  readonly record: Buffer;
}

/** Those of the threads that differ from what the thread `cloner` leaves to a clone. */
function readOwn(records: ThreadRecords, cloner: number): Schedule[] {
  const words = new Int32Array((records.count * RECORD_SIZE) / WORD);
  for (let index = 0; index < records.count; index++)
    words[(index * RECORD_SIZE) / WORD] = records.tid(index);
  const bytes = Buffer.from(words.buffer);
  const differing = shim.readSchedules(bytes, records.count, cloner);
  if (differing < 0) throw new TargetError(`It cannot be read (${errorName(differing)}).`);
  const at = cloner * RECORD_SIZE;
  const isReset =
    (bytes.readBigUInt64LE(at + FLAGS) & RESET_ON_FORK) !== 0n ||
    bytes.readUInt32LE(at + POLICY) === DEADLINE;
  if (differing === 0 && !isReset) return [];
  return Array.from({ length: records.count }, (_, thread): Schedule => {
    const from = thread * RECORD_SIZE;
    return { thread, record: bytes.subarray(from, from + RECORD_SIZE) };
  }).filter(({ record }) => isReset || record.readInt32LE(RESULT) !== 0);
}

/** Notes the threads that have something else than a copy's threads have by themselves. */
export function carryScheduling({ live, records }: Subject): Carried {
  if (records.count === 1 && !records.isScheduleReset(0)) return NOTHING;
  const own = readOwn(records, Math.max(records.indexOf(live.tid), 0));
  return {
    reach: "process",
    restore: (_, threadAt) => {
      if (own.length > 0) set(own, threadAt);
    },
    fidelity: () => (own.length > 0 ? [describe(own.length)] : []),
  };
}

/**
 * Has a thread cloned for whose policy the kernel refuses that: meanwhile its children get the usual one. Undefined when that
 * is not so, or not permitted.
 */
export function whileInheritable<T>(tid: number, clone: () => T): T | undefined {
  const before = Buffer.alloc(RECORD_SIZE);
  before.writeInt32LE(tid, 0);
  if (shim.readSchedules(before, 1, 0) < 0 || before.readUInt32LE(POLICY) !== DEADLINE) return undefined;
  const meanwhile = Buffer.from(before);
  meanwhile.writeBigUInt64LE(before.readBigUInt64LE(FLAGS) | RESET_ON_FORK, FLAGS);
  if (shim.setSchedules(meanwhile, 1) !== 0) return undefined;
  try {
    return clone();
  } finally {
    shim.setSchedules(before, 1);
  }
}

function set(schedules: readonly Schedule[], threadAt: ThreadAt): void {
  const bytes = Buffer.concat(schedules.map(({ record }) => record));
  schedules.forEach(({ thread }, index) => bytes.writeInt32LE(threadAt(thread).tid, index * RECORD_SIZE));
  const failed = shim.setSchedules(bytes, schedules.length);
  if (failed === 0) return;
  const errors = schedules.map((_, index) => bytes.readInt32LE(index * RECORD_SIZE + RESULT));
  const why = errorName(errors.find((error) => error !== 0) ?? 0);
  const whose = counted(failed, "thread");
  throw new TargetError(`Priority or processors of ${whose} could not be set again as they were (${why}).`);
}

function describe(threads: number): Fidelity {
  const detail = `${counted(threads, "thread")} with a policy, priority or processors of their own; to raise one takes the privilege`;
  return { resource: "scheduling", state: "restored", detail };
}
