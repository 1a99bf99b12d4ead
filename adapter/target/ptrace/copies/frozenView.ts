/** A frozen copy as a target without execution: its memory, mappings and registers, to be read only. */
import {
  TargetError,
  type Mapping,
  type Memory,
  type Registers,
  type Target,
  type TargetThread,
} from "../../target";
import { readMappings } from "../mappings";
import { ProcessMemory } from "../processMemory";
import { CopyGone } from "../refusals";
import { RegisterReaderX64 } from "../registersX64";
import { readAuxiliaryVector } from "../remote/agentSite";
import type { Frozen } from "./frozenCopy";

function refuse(): never {
  throw new TargetError("A checkpoint cannot be changed; restart it first.");
}

/** Registers of which nothing can be set. */
class FrozenRegisters extends RegisterReaderX64 implements Registers {
  readonly set = refuse;
  readonly save = refuse;
  readonly restore = refuse;
  readonly prepareCall = refuse;
}

/**
 * Reads a frozen copy. The descriptor of its memory stays open until `dispose`: it is of that memory and no other, also
 * when the copy has died and its process id is somebody else's.
 */
export class FrozenView implements Target {
  readonly memory: Memory;
  private readonly bytes: ProcessMemory;
  private open = true;

  /** Throws TargetError when the copy is gone. */
  constructor(private readonly frozen: Frozen) {
    this.bytes = ProcessMemory.open(frozen.pid);
    this.memory = {
      read: (address, length) => (this.open ? this.bytes.read(address, length) : Buffer.alloc(0)),
      write: refuse,
    };
  }

  get processId(): number {
    return this.frozen.processId;
  }

  get threads(): readonly TargetThread[] {
    return this.frozen.threads;
  }

  /** The copy itself has one thread only; of all there are the records that were made with it. */
  registers(threadId: number): Registers {
    if (!this.open) throw new CopyGone();
    const { threads, records } = this.frozen;
    const index = threads.findIndex(({ id }) => id === threadId);
    if (index < 0)
      throw new TargetError(
        `The checkpoint has no thread ${threadId}; it has ${threads.map(({ id }) => id).join(", ")}.`,
      );
    return new FrozenRegisters({ general: records.registers(index), xstate: records.xstate(index) });
  }

  mappings(): Mapping[] {
    return this.open ? readMappings(this.frozen.pid) : [];
  }

  auxiliaryVector(): Map<number, bigint> {
    return this.open ? readAuxiliaryVector(this.frozen.pid) : new Map<number, bigint>();
  }

  dispose(): void {
    if (this.open) this.bytes.close();
    this.open = false;
  }
}
