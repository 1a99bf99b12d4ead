/** A process of the program that stands still while another one is debugged. */
import type { CheckpointToken, Fidelity, FrozenState } from "../../checkpointer";
import { ProcessMemory } from "../processMemory";
import type { ImagePlaces } from "../remote/agentSite";
import { killProcess } from "../running/liveProcess";
import { shim } from "../shim";
import { Tracee } from "../threads/tracee";

/** Its threads are in ptrace stops, and no trap stands in its memory. */
export interface Suspended {
  readonly processId: number;
  readonly memory: ProcessMemory;
  readonly tracees: readonly Tracee[];
  /** Threads past their exit stop. */
  readonly leaving: readonly number[];
  readonly places: ImagePlaces | undefined;
  /** The thread to show. */
  readonly threadId: number;
}

/** It is the process itself, and a token of it stands for it alone. */
export function suspendedToken(suspended: Suspended): CheckpointToken {
  return suspended as unknown as CheckpointToken;
}

/** A child in its first stop: one thread, which has the number of the one that made it. Throws TargetError. */
export function heldChild(pid: number, { id }: Tracee, places: ImagePlaces | undefined): Suspended {
  const memory = ProcessMemory.open(pid);
  return { processId: pid, memory, tracees: [new Tracee(id, pid, pid)], leaving: [], places, threadId: id };
}

const fidelity: readonly Fidelity[] = [
  {
    resource: "process",
    state: "restored",
    detail: "it is the process itself, not a copy: switching to it uses this entry up",
  },
];

/** As the list of checkpoints shows it. */
export function stateOfSuspended(suspended: Suspended): FrozenState {
  const { processId, tracees } = suspended;
  return {
    token: suspendedToken(suspended),
    processId,
    copyProcessId: processId,
    threads: tracees.map(({ id, tid, name }) => ({ id, tid, name })),
    fidelity,
  };
}

/** Lets every thread go on untraced, with the signal it stopped with. Gives those that could not: they do not stand. */
export function detachThreads({ processId, memory, tracees }: Suspended): number[] {
  memory.close();
  const running: number[] = [];
  for (const tracee of tracees) {
    const { tid, signal } = tracee;
    const number = signal?.number ?? 0;
    if (tracee.state === "stopped") tracee.shortenWait();
    if (tracee.state === "running") running.push(tid);
    else if (tracee.inSignalStop) shim.detach(tid, number);
    else {
      if (number !== 0) shim.signalThread(processId, tid, number);
      shim.detach(tid, 0);
    }
  }
  return running;
}

/** Ends it and reaps every one of its threads. */
export function killSuspended({ processId, memory, tracees, leaving }: Suspended): void {
  memory.close();
  const tids = [...leaving, ...tracees.map(({ tid }) => tid)];
  for (const tid of tids) shim.setOptions(tid, 0);
  killProcess(processId, tids);
}
