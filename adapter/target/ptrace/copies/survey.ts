/**
 * What is asked of a program in the run that copies it, and what it answered: a survey of native-shim/shim_copies.h.
 * There is one block for all of them; what is kept of the answers is taken out of it.
 */
import { DESCRIPTOR_SIZE, Descriptors } from "../carried/files/descriptors";
import {
  decodeMemory,
  MEMORY_HEAD_SIZE,
  RANGE_SIZE,
  surveyMemory,
  type MemorySurvey,
} from "../carried/memory/memorySurvey";
import { INTERVALS_SIZE, intervalCalls, Intervals } from "../carried/process/intervalTimers";
import { Trait } from "../carried/traits";
import type { AgentSite } from "../remote/agentSite";
import { CALL_SIZE, encodeCalls, type RemoteThread } from "../remote/remoteThread";
import { PATCH_SIZE, shim } from "../shim";
import { ThreadFlag, type ThreadRecords } from "../threads/threadRecords";

/** Of the head; the site is at its beginning. */
const SPARE = 24;
const CALL_COUNT = 28;
const DATA_SIZE = 32;
const RECORD_CAPACITY = 36;
const OPEN = 40;
const FOUND = 44;
const TIMERS_CAPACITY = 48;
const TIMERS_SIZE = 52;
const RANGE_CAPACITY = 56;
const MEMORY_RESULT = 60;
const MEMORY = 64;
const PATCH_COUNT = 88;
const LOCKS_SIZE = 92;
const HAS_DISPATCH = 96;
const FORMATS = 100;
const STATUS_FLAGS = 104;
const THREAD_FLAGS = 108;
const HAS_ANSWERS = 112;
const PROCESS_ID = 116;
const REFUSED = 120;
const HOLDINGS = 124;
const NEEDED = 128;
const HEAD = 136;

/** fcntl(2), F_GETFL. */
const O_ASYNC = 0o20000;
const ALL_FORMATS = 0xffff;

/** What there is room for. Of programs that have more, the rest is asked for by itself. */
const RANGES = 16;
const TIMERS = 4096;
const LOCKS = 8192;
const RECORDS = 512;
export const MOST_PATCHES = 64;

const calls = HEAD;
const callCount = intervalCalls(0n).length;
const data = calls + callCount * CALL_SIZE;
const ranges = data + INTERVALS_SIZE;
const timers = ranges + RANGES * RANGE_SIZE;
const locks = timers + TIMERS;
const records = locks + LOCKS;

const patches = records + RECORDS * DESCRIPTOR_SIZE;

const block = Buffer.alloc(patches + MOST_PATCHES * PATCH_SIZE);
block.writeInt32LE(callCount, CALL_COUNT);
block.writeInt32LE(INTERVALS_SIZE, DATA_SIZE);
block.writeInt32LE(RECORDS, RECORD_CAPACITY);
block.writeInt32LE(TIMERS, TIMERS_CAPACITY);
block.writeInt32LE(RANGES, RANGE_CAPACITY);

/** What else is wanted of a copy. */
export interface Wish {
  /** Descriptors that the adapter must be able to open beside. */
  readonly spare: number;
  /** Bytes for the copy alone (with CLONE_VM for both), as fp_patch_memory takes them, at most MOST_PATCHES. */
  readonly patch: Buffer;
  /** Looks for what the process may hold (holdings.ts), and makes no copy when `refused`, bits of that, is among it. */
  readonly holdings?: { readonly refused: number };
  /** A frozen copy without which there is no use in it: makes none when that has been killed. */
  readonly needed?: number;
}

const NO_WISH: Wish = { spare: 0, patch: Buffer.alloc(0) };

/** The calls as they stand in the block: for a site. */
let callsFor: AgentSite | undefined;

function prepare(live: RemoteThread, { spare, patch, holdings, needed }: Wish): void {
  live.siteRecord.copy(block);
  block.writeInt32LE(spare, SPARE);
  block.writeInt32LE(holdings ? live.processId : 0, PROCESS_ID);
  block.writeInt32LE(holdings?.refused ?? 0, REFUSED);
  block.writeInt32LE(needed ?? 0, NEEDED);
  block.writeInt32LE(LOCKS, LOCKS_SIZE);
  block.writeInt32LE(patch.length / PATCH_SIZE, PATCH_COUNT);
  patch.copy(block, patches);
  if (callsFor?.scratch === live.site.scratch) return;
  encodeCalls(intervalCalls(live.dataAddress)).copy(block, calls);
  callsFor = live.site;
}

/** When the last one was asked (process.hrtime). */
let askedAt = 0n;

/** Answers. */
export interface Survey {
  readonly descriptors: Descriptors;
  readonly intervals: Intervals;
  /** Some of its traits (traits.ts). */
  readonly traits: number;
  /** /proc/PID/timers (proc(5)); undefined: it is long, and has to be read. */
  readonly timers: string | undefined;
  /** /proc/locks (proc(5)), empty also when no descriptor can have a lock; undefined: it is long, and has to be read. */
  readonly locks: string | undefined;
  /** Throws TargetError when the program cannot be looked at. */
  memory(): MemorySurvey;
}

/**
 * Copies a process (fp_freeze) and asks it meanwhile. `live`: the thread that makes the calls, whose record is the first.
 * Gives the copy's process id, or -errno: -ECANCELED when the process holds what is refused, -ECHILD when what is needed is gone.
 */
export function freezeAndAsk(
  live: RemoteThread,
  threads: ThreadRecords,
  flags: bigint,
  wish: Wish = NO_WISH,
): number {
  prepare(live, wish);
  askedAt = process.hrtime.bigint();
  return shim.freeze(block, threads.bytes, threads.count, threads.stride, flags);
}

/** What the process was found to hold when the last copy of it was made, or refused (fp_find_holdings). */
export function heldAt(): number {
  return block.readInt32LE(HOLDINGS);
}

function someTraits(): number {
  const threadFlags = block.readUInt32LE(THREAD_FLAGS);
  return (
    (block.readUInt32LE(FORMATS) & ALL_FORMATS) |
    ((block.readUInt32LE(STATUS_FLAGS) & O_ASYNC) !== 0 ? Trait.sendsSignals : 0) |
    ((threadFlags & ThreadFlag.signalsPending) !== 0 ? Trait.pendingSignals : 0) |
    ((threadFlags & ThreadFlag.scheduleReset) !== 0 ? Trait.schedules : 0) |
    (block.readInt32LE(HAS_ANSWERS) !== 0 ? Trait.answers : 0) |
    (block.readInt32LE(TIMERS_SIZE) !== 0 ? Trait.posixTimers : 0) |
    (block.readInt32LE(HAS_DISPATCH) !== 0 ? Trait.dispatch : 0)
  );
}

/** What was asked for with the last copy. `sharing`: it has the memory of `live`. */
export function answers(live: RemoteThread, copy: number, sharing: boolean): Survey {
  const text = block.readInt32LE(TIMERS_SIZE);
  const lockSize = block.readInt32LE(LOCKS_SIZE);
  const found = records + block.readInt32LE(FOUND) * DESCRIPTOR_SIZE;
  const complete =
    block.readInt32LE(MEMORY_RESULT) === 0 && block.readUInt32LE(MEMORY + MEMORY_HEAD_SIZE - 4) <= RANGES;
  const memory = complete ? decodeMemory(block.subarray(MEMORY), block.subarray(ranges)) : undefined;
  return {
    descriptors: new Descriptors(Buffer.from(block.subarray(records, found)), block.readInt32LE(OPEN)),
    intervals: new Intervals(
      Buffer.from(block.subarray(data, data + INTERVALS_SIZE)),
      Buffer.from(block.subarray(calls, data)),
      askedAt,
    ),
    traits: someTraits(),
    timers: text === TIMERS ? undefined : block.toString("latin1", timers, timers + text),
    locks: lockSize === LOCKS ? undefined : block.toString("latin1", locks, locks + lockSize),
    memory: () => memory ?? surveyMemory(live.tid, sharing ? 0 : copy),
  };
}
