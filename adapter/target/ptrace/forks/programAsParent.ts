/** The program's processes as parents of forked ones that are debugged: the live process, and those that are suspended. */
import { quarryOf } from "../copies/wholeClone";
import type { RemoteThread } from "../remote/remoteThread";
import type { Interludes } from "../running/interludes";
import type { LiveProcess } from "../running/liveProcess";
import { Waker } from "../waker";
import { addParentHolder, removeParentHolder, type ParentHolder } from "./parentWait";

export class ProgramAsParent implements ParentHolder {
  /** A thread of a suspended process. */
  suspendedCaller: (processId: number) => RemoteThread | undefined = () => undefined;

  /** @param isRunning whether a resume is pending, which then serves the interludes. */
  constructor(
    private readonly process: LiveProcess,
    private readonly interludes: Interludes,
    private readonly isRunning: () => boolean,
  ) {
    addParentHolder(this);
  }

  isParent(processId: number): boolean {
    const isLive = processId === this.process.processId && this.process.ended === undefined;
    return isLive || this.suspendedCaller(processId) !== undefined;
  }

  callerIn(processId: number): RemoteThread | undefined {
    if (processId !== this.process.processId) return this.suspendedCaller(processId);
    const able = this.process.ended === undefined ? this.process.threads : [];
    const tracee = able.find(({ state, inVfork }) => state === "stopped" && !inVfork);
    return tracee && quarryOf(this.process, [tracee], []).remote;
  }

  whileStill<T>(work: () => T): Promise<T> {
    const result = this.interludes.add(work);
    if (this.isRunning()) Waker.get().cancelWait();
    else this.interludes.serve();
    return result;
  }

  /** They are nobody's parents to this debugger any more. */
  dispose(): void {
    removeParentHolder(this);
  }
}
