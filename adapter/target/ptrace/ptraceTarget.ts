/** A program on this machine under ptrace: the Target with execution and fork checkpoints. */
import {
  TargetError,
  type LaunchOptions,
  type Mapping,
  type Memory,
  type Registers,
  type Target,
} from "../target";
import { ForkCheckpointer } from "./copies/forkCheckpointer";
import type { Suspended } from "./forks/suspended";
import { launch } from "./launch/launch";
import { TerminalOutput, type ProgramOutput } from "./launch/terminalOutput";
import { readMappings } from "./mappings";
import { ProcessMemory } from "./processMemory";
import { RegistersX64 } from "./registersX64";
import { findImagePlaces, readAuxiliaryVector } from "./remote/agentSite";
import { reveal } from "./remote/dumpability";
import { TraplessMemory } from "./running/breakpointSites";
import { settle } from "./running/events";
import { PtraceExecution } from "./running/execution";
import { LiveProcess } from "./running/liveProcess";
import { shim } from "./shim";
import { Surroundings } from "./surroundings";
import type { Tracee } from "./threads/tracee";

class PtraceTarget implements Target {
  readonly memory: Memory;
  readonly execution: PtraceExecution;
  readonly checkpointer: ForkCheckpointer;
  private disposed = false;

  constructor(
    private readonly process: LiveProcess,
    private readonly surroundings: Surroundings,
    output: ProgramOutput,
    private readonly options: LaunchOptions,
  ) {
    process.ownNamespace = surroundings.ownNamespace;
    this.memory = new TraplessMemory(
      () => process.memory,
      process.sites,
      () => process.revision++,
    );
    this.execution = new PtraceExecution(process, output, options.followFork ?? "parent");
    this.checkpointer = new ForkCheckpointer(process, this.execution, options);
    this.execution.onBorn = (child) => this.forked(child);
  }

  get processId(): number {
    return this.process.processId;
  }

  get threads(): readonly Tracee[] {
    return this.process.threads;
  }

  registers(threadId: number): Registers {
    return new RegistersX64(this.process.thread(threadId), () => this.process.revision++);
  }

  mappings(): Mapping[] {
    reveal(this.process);
    return readMappings(this.process.procId);
  }

  auxiliaryVector(): Map<number, bigint> {
    const { process } = this;
    reveal(process);
    // While they can be had: a program may soon let nobody look into it.
    process.imagePlaces ??= findImagePlaces(process.procId, process.memory);
    return readAuxiliaryVector(process.procId);
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.execution.dispose();
    this.checkpointer.dispose();
    this.surroundings.leave();
  }

  /** Lets the program, which stands still, go on without a debugger. */
  private release(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.execution.release();
    this.checkpointer.dispose();
    this.surroundings.leave();
  }

  /** Tells of a child as a target of its own. */
  private forked({ processId, memory, places }: Suspended): void {
    const process = new LiveProcess(processId, memory);
    process.imagePlaces = places;
    process.hasFamily = true;
    process.addThread(processId);
    const { surroundings, options } = this;
    const target = new PtraceTarget(process, surroundings, surroundings.join(), options);
    this.execution.onForked({ target, release: () => target.release() });
  }
}

/**
 * Starts a program and stops it at its first instruction (the dynamic linker's, or its own when it is static). Rejects
 * with TargetError: one sentence about what is wrong with the program, the folder, or the permission to debug.
 */
export async function launchPtraceTarget(options: LaunchOptions): Promise<Target> {
  const { processId, master, slave, init } = launch(options);
  const output = new TerminalOutput(master, slave);
  try {
    const process = new LiveProcess(processId, ProcessMemory.open(processId));
    const leader = process.addThread(processId);
    shim.setOptions(processId, 1);
    if (settle(leader)) throw new TargetError(`${options.program} ended before its first instruction.`);
    return await Promise.resolve(new PtraceTarget(process, new Surroundings(output, init), output, options));
  } catch (error) {
    shim.kill(processId, 1);
    if (init !== 0) shim.kill(init, 1);
    output.close();
    throw error;
  }
}
