/** What a restart brings back of a program's threads. */
import type { Fidelity } from "../target";
import type { InterruptedCall, ThreadRecords } from "./threadRecords";

/** Calls that only a restart_block goes on with (kernel/restart_block), by number (asm/unistd_64.h). */
const calls: ReadonlyMap<number, string> = new Map([
  [7, "poll"],
  [35, "nanosleep"],
  [202, "futex"],
  [230, "clock_nanosleep"],
]);
const NANOSLEEP = 35;
const CLOCK_NANOSLEEP = 230;
const FUTEX = 202;
/** futex(2): the time-out is a moment and not a span. */
const FUTEX_WAIT_BITSET = 9n;
const FUTEX_COMMAND = 0x7fn;

/** Whether a call that is made again, as it was, ends when the first would have. */
function keepsItsTime(call: InterruptedCall): boolean {
  if (call.number === FUTEX) return (call.second & FUTEX_COMMAND) === FUTEX_WAIT_BITSET;
  // The kernel has written what is left where the program asked for it; C libraries ask for it in place.
  return call.number === NANOSLEEP || call.number === CLOCK_NANOSLEEP ? call.leftInPlace : false;
}

/** One line for all threads, one for each whose wait starts over, and for each that waits in vfork(2) (`waiting`). */
export function threadFidelity(records: ThreadRecords, waiting: readonly number[]): Fidelity[] {
  const all: Fidelity[] =
    records.count > 1
      ? [
          {
            resource: "threads",
            state: "restored",
            detail: `${records.count} threads, with what each was doing`,
          },
        ]
      : [];
  for (let index = 0; index < records.count; index++) {
    const call = records.callToRepeat(index);
    if (call === undefined || keepsItsTime(call)) continue;
    const detail = `${records.name(index)} (${records.tid(index)}) waits in ${calls.get(call.number) ?? "a call"}: its time starts over`;
    all.push({ resource: "time-outs", state: "approximate", detail });
  }
  for (const tid of waiting) {
    const detail = `${records.name(records.indexOf(tid))} (${tid}) waits in vfork: it goes on as if its child had started its program; the child is not copied`;
    all.push({ resource: "vfork", state: "approximate", detail });
  }
  return all;
}
