/** System calls with a time-out that threads are in: a copy's threads wait for what was left of it. */
import { memoryAddress } from "../../addresses";
import type { Fidelity } from "../../checkpointer";
import type { ProcessMemory } from "../processMemory";
import type { RemoteThread } from "../remote/remoteThread";
import { shim } from "../shim";
import { endOfWait, type BlockedCall } from "./interruptedWaits";
import type { InterruptedCall, ThreadRecords } from "./threadRecords";
import type { Tracee } from "./tracee";

/** asm/unistd_64.h */
const POLL = 7;
const NANOSLEEP = 35;
const FUTEX = 202;
const CLOCK_NANOSLEEP = 230;
/** Those that only a restart_block goes on with (kernel: linux/restart_block.h). */
const restarted: ReadonlyMap<number, string> = new Map([
  [POLL, "poll"],
  [NANOSLEEP, "nanosleep"],
  [FUTEX, "futex"],
  [CLOCK_NANOSLEEP, "clock_nanosleep"],
]);
/** Those that a stop ends with EINTR and that are made again, with what is left for an argument. */
const shortened: ReadonlyMap<number, string> = new Map([
  [232, "epoll_wait"],
  [281, "epoll_pwait"],
]);
/** And those that are made again as they were, and which argument is their time-out, in memory. */
const repeated: ReadonlyMap<number, readonly [name: string, argument: number]> = new Map([
  [128, ["rt_sigtimedwait", 2]],
  [208, ["io_getevents", 4]],
  [220, ["semtimedop", 3]],
  [333, ["io_pgetevents", 4]],
  [441, ["epoll_pwait2", 3]],
]);

/** Those of sockets that have a time-out (socket(7), SO_RCVTIMEO); others are no calls that a stop ends so. */
const ofSockets: ReadonlyMap<number, string> = new Map([
  [0, "read"],
  [1, "write"],
  [19, "readv"],
  [20, "writev"],
  [42, "connect"],
  [43, "accept"],
  [44, "sendto"],
  [45, "recvfrom"],
  [46, "sendmsg"],
  [47, "recvmsg"],
  [288, "accept4"],
  [299, "recvmmsg"],
  [307, "sendmmsg"],
]);

/** futex(2): the time-out is a span; with others it is a moment. */
const FUTEX_WAIT = 0n;
const FUTEX_COMMAND = 0x7fn;
/** CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID; those of others are negative (clock_getcpuclockid(3)). */
const processorClocks = [2, 3];

const TIMESPEC_SIZE = 16;
const MILLISECOND = 1_000_000n;
const SECOND = 1_000_000_000n;

/** Bytes of a time-out record (native-shim/shim_copies.h). */
const RECORD_SIZE = 24;
const RESULT = 4;
const LEFT = 8;
const END = 16;
const IN_CALL = 1;

/** A time-out of a thread, in nanoseconds. */
interface Timeout {
  readonly index: number;
  readonly name: string;
  readonly call: string;
  readonly number: number;
  /** Undefined: not known. */
  readonly left: bigint | undefined;
}

/** Where a call has its time-out as a span, and where it says what is left; undefined: it has no span. */
function placesOf({ number, args }: InterruptedCall): { span: bigint; rest: bigint } | undefined {
  const [first = 0n, second = 0n, third = 0n, fourth = 0n] = args;
  if (number === NANOSLEEP) return { span: first, rest: second };
  if (number === CLOCK_NANOSLEEP) return { span: third, rest: fourth };
  return number === FUTEX && (second & FUTEX_COMMAND) === FUTEX_WAIT ? { span: fourth, rest: 0n } : undefined;
}

function readSpan(memory: ProcessMemory, address: bigint): bigint | undefined {
  const bytes = memory.read(memoryAddress(address), TIMESPEC_SIZE);
  if (bytes.length < TIMESPEC_SIZE) return undefined;
  return bytes.readBigInt64LE(0) * SECOND + bytes.readBigInt64LE(8);
}

function isOfProcessorTime({ number, args }: InterruptedCall): boolean {
  const clock = Number(BigInt.asIntN(32, args[0] ?? 0n));
  return number === CLOCK_NANOSLEEP && (clock < 0 || processorClocks.includes(clock));
}

/** When a call ends; "unknown", or undefined: it ends at no time, or, made again, when it would have. */
function endOf(
  call: InterruptedCall,
  blocked: BlockedCall | undefined,
  memory: ProcessMemory,
): bigint | "unknown" | undefined {
  if (blocked?.end !== undefined) return blocked.end;
  if (call.number === POLL) {
    const span = BigInt.asIntN(32, call.args[2] ?? 0n) * MILLISECOND;
    if (span < 0n) return undefined;
    return blocked?.began === undefined ? "unknown" : blocked.began + span;
  }
  const places = placesOf(call);
  if (places === undefined) return undefined;
  const known = isOfProcessorTime(call) ? undefined : blocked;
  // The kernel has written there what was left at the stop (nanosleep(2)).
  const rest = places.rest === 0n ? undefined : readSpan(memory, places.rest);
  if (known && rest !== undefined) return known.stoppedAt + rest;
  if (places.rest === places.span) return undefined;
  const span = readSpan(memory, places.span);
  return known?.began === undefined || span === undefined ? "unknown" : known.began + span;
}

/** The same of an epoll_wait. */
function endOfCut(
  { args }: InterruptedCall,
  blocked: BlockedCall | undefined,
): bigint | "unknown" | undefined {
  if (BigInt.asIntN(32, args[3] ?? 0n) <= 0n) return undefined;
  return (blocked && endOfWait(blocked)) ?? "unknown";
}

/** The name of a call that is made again with all its time; undefined: it has none. */
function nameOfRepeated({ number, args }: InterruptedCall): string | undefined {
  const [name, argument] = repeated.get(number) ?? [];
  if (argument !== undefined) return (args[argument] ?? 0n) === 0n ? undefined : name;
  return ofSockets.get(number);
}

export class Timeouts {
  private constructor(
    private readonly all: readonly Timeout[],
    private readonly others: readonly Fidelity[],
  ) {}

  /** Of stopped threads, in the order of their records. They run on: the kernel keeps the moment when a call ends. */
  static of(records: ThreadRecords, threads: readonly Tracee[], memory: ProcessMemory): Timeouts {
    const all: Timeout[] = [];
    const others: Fidelity[] = [];
    const now = process.hrtime.bigint();
    for (let index = 0; index < records.count; index++) {
      const name = `${records.name(index)} (${records.tid(index)})`;
      const cut = records.callCutShort(index);
      const blocked = threads[index]?.blocked;
      const call = records.callToRepeat(index) ?? (cut && shortened.has(cut.number) ? cut : undefined);
      const end = call && (call === cut ? endOfCut(call, blocked) : endOf(call, blocked, memory));
      if (call && end !== undefined) {
        const left = end === "unknown" ? undefined : end > now ? end - now : 1n;
        const { number } = call;
        const words = restarted.get(number) ?? shortened.get(number) ?? "a call";
        all.push({ index, name, call: words, number, left });
      }
      const again = cut && nameOfRepeated(cut);
      if (again !== undefined) others.push(startsOver(name, again));
    }
    return new Timeouts(all, others);
  }

  /**
   * Puts the stopped threads of a copy, in the order of the records, into their calls with the time that was left. Gives the
   * calls of those that are in one, by their place; others make theirs again. `missed`: what failed, for a person.
   */
  continueIn(
    leader: RemoteThread,
    tids: readonly number[],
  ): { blocked: ReadonlyMap<number, BlockedCall>; missed: string[] } {
    const all = this.all.flatMap(({ left, ...rest }) => (left === undefined ? [] : [{ left, ...rest }]));
    const blocked = new Map<number, BlockedCall>();
    const now = process.hrtime.bigint();
    for (const { index, number, left } of all)
      if (shortened.has(number))
        blocked.set(index, { number: BigInt(number), stoppedAt: now, end: now + left, span: left });
    const known = all.filter(({ number }) => !shortened.has(number));
    if (known.length === 0) return { blocked, missed: [] };
    const records = Buffer.alloc(known.length * RECORD_SIZE);
    known.forEach(({ index, left }, place) => {
      records.writeInt32LE(tids[index] ?? 0, place * RECORD_SIZE);
      records.writeBigInt64LE(left, place * RECORD_SIZE + LEFT);
    });
    const done = shim.continueTimeouts(leader.siteRecord, records, known.length);
    const stoppedAt = process.hrtime.bigint();
    let failed = done < 0 ? known.length : 0;
    known.forEach(({ index, number }, place) => {
      const result = records.readInt32LE(place * RECORD_SIZE + RESULT);
      const end = records.readBigInt64LE(place * RECORD_SIZE + END);
      if (result === IN_CALL) blocked.set(index, { number: BigInt(number), stoppedAt, end });
      else if (result < 0 && done >= 0) failed++;
    });
    const missed = failed > 0 ? [`The time-outs of ${failed} threads may start over.`] : [];
    return { blocked, missed };
  }

  fidelity(): readonly Fidelity[] {
    return [
      ...this.all.map(({ name, call, left }): Fidelity => {
        if (left === undefined) return startsOver(name, call);
        const seconds = (Number(left) / 1e9).toFixed(3);
        const detail = `${name} waits in ${call}: with the ${seconds} s that it had left`;
        return { resource: "time-outs", state: "restored", detail };
      }),
      ...this.others,
    ];
  }
}

function startsOver(name: string, call: string): Fidelity {
  const detail = `${name} waits in ${call}: its time starts over`;
  return { resource: "time-outs", state: "approximate", detail };
}
