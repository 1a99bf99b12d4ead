/** The loop in the shim that decides conditions of a program with one thread, where the traps are met. */
import { offsetBy } from "../../addresses";
import { decodeEvent, eventBuffer, shim, type WaitEvent } from "../shim";
import type { Tracee } from "../threads/tracee";
import type { LiveProcess } from "./liveProcess";

/** False conditions before the event loop gets its turn (so that a pause gets through). */
const LIMIT = 500;
/** Microseconds without a stop before the loop hands over to the waiting thread. */
const WAIT = 200;
/** The wait status of a thread that met a trap, and its siginfo's si_code. */
const TRAP_STATUS = 0x57f;
const SI_KERNEL = 0x80;

/** How fp_run_conditional begins, and how it ends when not with an event (native-shim/shim_ptrace.h). */
const Begin = { continue: 0, atTrap: 1, stepOver: 2 } as const;
const End = { event: 1, limit: 2, blocked: 3 } as const;

export class ConditionLoop {
  /** Stands on a trap whose condition is known to be false. */
  private falseAt: Tracee | undefined;
  private readonly event = eventBuffer();

  constructor(private readonly process: LiveProcess) {}

  reset(): void {
    this.falseAt = undefined;
  }

  /**
   * Whether a thread that is to go on is better continued by the loop: the only one, with conditions to decide, and in no
   * call that is to be made again.
   */
  takes(tracee: Tracee): boolean {
    if (this.process.tracees.size !== 1 || tracee.state !== "stopped") return false;
    if (tracee.signal || tracee.groupStopped || !this.process.sites.hasConditions()) return false;
    return !tracee.isInCall;
  }

  /** The program's only thread, when the event is a trap of it that the loop may decide. */
  threadAt(event: WaitEvent): Tracee | undefined {
    const tracee = this.process.tracees.get(event.tid);
    if (this.process.tracees.size !== 1 || tracee === undefined) return undefined;
    const isTrap = event.status === TRAP_STATUS && event.signalInfo.readInt32LE(8) === SI_KERNEL;
    if (!isTrap || !this.process.sites.isConditional(offsetBy(event.pc, -1))) return undefined;
    tracee.stopped();
    return tracee;
  }

  /** Continues a thread that has just met a trap, if its condition is false. Gives the event that is to be told. */
  decide(tracee: Tracee): WaitEvent | undefined {
    return this.run(tracee, Begin.atTrap);
  }

  /** Continues a stopped thread. Undefined: it runs, or the loop has reached its limit. */
  go(tracee: Tracee): WaitEvent | undefined {
    return this.run(tracee, this.falseAt === tracee ? Begin.stepOver : Begin.continue);
  }

  private run(tracee: Tracee, begin: number): WaitEvent | undefined {
    const { sites, count, code } = this.process.sites.conditionTable();
    const { descriptor } = this.process.memory;
    this.falseAt = undefined;
    const end = shim.runConditional(
      tracee.tid,
      descriptor,
      begin,
      sites,
      count,
      code,
      LIMIT,
      WAIT,
      this.event,
    );
    if (end === End.event) return decodeEvent(this.event);
    if (end === End.limit) {
      tracee.stopped();
      this.falseAt = tracee;
    } else if (end === End.blocked) tracee.startedOverTrap(tracee.pc);
    else tracee.started();
    return undefined;
  }
}
