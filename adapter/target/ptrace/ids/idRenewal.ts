/**
 * What a copy with other ids than the program had is to have of its own ones: where the kernel does not write them and the C
 * library does not ask again. What the program itself keeps of them stays as it is.
 */
import { TargetError } from "../../target";
import type { Frozen } from "../copies/frozenCopy";
import { idInside } from "../pidNamespace";
import type { ProcessMemory } from "../processMemory";
import { REGISTERS_SIZE, shim } from "../shim";
import { isBlocked } from "../threads/blockedX64";
import { FrameLayouts } from "./frameLayoutsX64";
import { renewIdResult } from "./idResults";
import { glibcIdOffset, IdsInHand } from "./idsInHandX64";
import { LibraryFramesFinder } from "./libraryFramesX64";
import {
  findLockOwners,
  LEAST_ID,
  MUSL_TID,
  renewLockOwners,
  type Library,
  type NewIdOf,
} from "./lockOwners";
import { addressesInHand } from "./locksInHandX64";
import { renewSenders } from "./sendersX64";

/** A copy's process id and those of its threads, in the order of its records. */
interface Copy {
  readonly pid: number;
  readonly tids: readonly number[];
  readonly memory: ProcessMemory;
}

/** The ids of a copy, as the program knows them. */
export interface KnownIds {
  readonly processId: number;
  readonly tids: readonly number[];
}

/** Asks for them where the program has others than the tracer. */
export function knownIds({ ownNamespace }: Frozen, { pid, tids }: Copy): KnownIds {
  return ownNamespace
    ? { processId: idInside(pid), tids: tids.map((tid) => idInside(tid)) }
    : { processId: pid, tids };
}

/**
 * Gets a copy ready for its new ids: looks for what has to be renewed, which may take a while. Gives what does it, to be
 * called when its memory is as it shall be; that gives what could not be done, in sentences. `beside`: it takes no one's
 * place, and what it shares is another's.
 */
export function prepareIds(frozen: Frozen, copy: Copy, ids: KnownIds, beside: boolean): () => string[] {
  const { records } = frozen;
  const former = copy.tids.map((_, index) => records.knownTid(index));
  if (ids.processId === frozen.processId && former.every((tid, index) => tid === ids.tids[index]))
    return () => [];
  const renewed = new Map(former.map((tid, index) => [tid, ids.tids[index] ?? tid]));
  renewed.set(frozen.processId, ids.processId);
  const newIdOf: NewIdOf = (id) => (id < LEAST_ID ? undefined : renewed.get(id));
  const missed: string[] = [];
  try {
    frozen.lockOwners ??= findLockOwners(frozen, (memory, library) =>
      addressesInHand(records, memory, finderIn(frozen, memory, library)),
    );
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    missed.push(error.message);
  }
  const owners = frozen.lockOwners;
  return () => {
    const inHand = owners?.library && idsInHand(frozen, copy, ids, owners.library, newIdOf);
    renewThreads(frozen, copy, ids, inHand);
    if (owners) missed.push(...renewLockOwners(owners, copy, records, newIdOf, !beside));
    return missed;
  };
}

/** Of frozen copies, which stay as they are. */
const layoutsOf = new WeakMap<Frozen, FrameLayouts>();

function idsInHand(
  frozen: Frozen,
  { memory }: Copy,
  { tids }: KnownIds,
  library: Library,
  newIdOf: NewIdOf,
): IdsInHand {
  return new IdsInHand(memory, library, newIdOf, new Set(tids), finderIn(frozen, memory, library));
}

function finderIn(frozen: Frozen, memory: ProcessMemory, library: Library): LibraryFramesFinder {
  const { records } = frozen;
  const layouts = layoutsOf.get(frozen) ?? new FrameLayouts(frozen.pid);
  layoutsOf.set(frozen, layouts);
  const offset = library === "musl" ? MUSL_TID : glibcIdOffset(records.registers(0), records.tidAddress(0));
  return new LibraryFramesFinder(memory, library, layouts, offset);
}

/** What threads have in their registers and on top of their stacks; before locks have new ids. */
function renewThreads(
  { records, processId }: Frozen,
  copy: Copy,
  ids: KnownIds,
  inHand: IdsInHand | undefined,
): void {
  const process = { former: processId, now: ids.processId };
  copy.tids.forEach((tid, index) => {
    const registers = Buffer.from(records.registers(index));
    const own = { former: records.knownTid(index), now: ids.tids[index] ?? tid };
    const changes = [
      renewIdResult(registers, own, process),
      renewSenders({ registers, areToStay: isBlocked(registers) }, copy.memory, process),
      inHand?.renew(registers) ?? false,
    ];
    if (changes.includes(true)) setIds(tid, registers, records.registers(index));
  });
}

/** Sets those registers of a thread that differ from what they were; it has others than at the checkpoint by now. */
function setIds(tid: number, wanted: Buffer, former: Buffer): void {
  const now = Buffer.alloc(REGISTERS_SIZE);
  if (shim.getRegisters(tid, now) < 0) return;
  for (let at = 0; at < REGISTERS_SIZE; at += 8)
    if (wanted.readBigUInt64LE(at) !== former.readBigUInt64LE(at)) wanted.copy(now, at, at, at + 8);
  shim.setRegisters(tid, now);
}
