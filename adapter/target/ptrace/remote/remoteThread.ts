/** A stopped thread in which the tracer makes system calls; it notices nothing of them but what they do. */
import { TargetError } from "../../target";
import { idInside } from "../pidNamespace";
import type { ProcessMemory } from "../processMemory";
import { errorName, shim } from "../shim";
import { dataAddress, encodeSite, type AgentSite } from "./agentSite";

/** Bytes of a call as the shim takes it: its words and its result. */
export const CALL_SIZE = 64;
const RESULT = 56;

/** A system call: its number (asm/unistd_64.h) and up to six arguments. */
export type RemoteCall = readonly [number: number, ...args: (bigint | number)[]];

/** Calls as the shim takes them. */
export function encodeCalls(calls: readonly RemoteCall[]): Buffer {
  const table = Buffer.alloc(Math.max(calls.length, 1) * CALL_SIZE);
  calls.forEach((words, index) =>
    words.forEach((word, place) =>
      table.writeBigInt64LE(BigInt.asIntN(64, BigInt(word)), index * CALL_SIZE + place * 8),
    ),
  );
  return table;
}

/** The result of one of encoded calls that were made. */
export function resultOf(calls: Buffer, index: number): bigint {
  return calls.readBigInt64LE(index * CALL_SIZE + RESULT);
}

export class RemoteThread {
  /** The site as the shim takes it. */
  readonly siteRecord: Buffer;

  /** `called` is told of every run: the thread is in another stop afterwards. */
  constructor(
    readonly processId: number,
    readonly tid: number,
    readonly memory: ProcessMemory,
    readonly site: AgentSite,
    private readonly called: () => void = () => undefined,
  ) {
    this.siteRecord = encodeSite(site, memory.descriptor);
  }

  /** Its id, and that of its process, as the program itself knows them: in a pid namespace they are others. */
  get knownTid(): number {
    return idInside(this.tid);
  }
  get knownProcessId(): number {
    return idInside(this.tid, "Tgid");
  }

  /** Where the first byte of `data` is while the calls run. */
  get dataAddress(): bigint {
    return dataAddress(this.site);
  }

  /** How many bytes of `data` there may be beside a number of calls. */
  dataLimit(calls: number): number {
    return this.site.size - calls * CALL_SIZE - 64;
  }

  /**
   * Makes calls, one after the other, whatever they give: all in one stop of the thread. `data` is in the program's
   * memory at `dataAddress` meanwhile, and has what the calls made of it afterwards. Gives the results, -errno for
   * failures. Throws TargetError when the thread cannot be asked.
   */
  calls(calls: readonly RemoteCall[], data: Buffer = Buffer.alloc(0)): bigint[] {
    const table = encodeCalls(calls);
    const bytes = data.length > 0 ? data : Buffer.alloc(1);
    const result = shim.remoteCalls(this.tid, this.siteRecord, table, calls.length, bytes, data.length);
    this.called();
    if (result < 0)
      throw new TargetError(`The program cannot be asked for its state (${errorName(result)}).`);
    return calls.map((_, index) => resultOf(table, index));
  }

  /** To be told when the shim has made calls in it by itself. */
  wasCalled(): void {
    this.called();
  }

  /** Makes one call and gives its result, -errno when it failed. */
  call(...call: RemoteCall): bigint {
    return this.calls([call])[0] ?? -1n;
  }
}
