/**
 * Who gets a signal when something can be done with a descriptor (fcntl(2), F_SETOWN_EX, F_SETSIG, O_ASYNC). It belongs to the open
 * file: one that is made anew has none, and one that copies share tells a process that is gone.
 */
import { TargetError } from "../../../target";
import { idInside } from "../../pidNamespace";
import { runOperations, type RemoteOperation } from "../../remote/remoteOperations";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { errorName, shim } from "../../shim";
import { NOTHING, type Carried, type Subject, type ThreadAt } from "../carried";
import { counted, FileFormat, type Descriptor } from "../files/descriptors";
import { NOBODY } from "./connection";
import { judgePipes } from "./pipes";
import { judgeSockets } from "./sockets";

const RECORD = 16;
/** asm/unistd_64.h, fcntl(2). */
const SYS_FCNTL = 72;
const F_SETFL = 4;
const F_SETSIG = 10;
const F_SETOWN_EX = 15;
const F_OWNER_TID = 0;
const O_ASYNC = 0o20000;

/** An owner as fcntl(2) has it: F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP, and whose id; 0: nobody. */
interface Owner {
  readonly type: number;
  readonly id: number;
  /** F_SETSIG; 0: SIGIO. */
  readonly signal: number;
}

interface Owned {
  readonly descriptor: Descriptor;
  readonly owner: Owner;
  /** The program's, or one of its threads' by its place in the records; undefined: another's. */
  readonly own: "process" | number | undefined;
  /** A restart makes the file anew. */
  readonly isMade: boolean;
}

/** Carrier of the owners of pipes and sockets, and of all else that sends signals. */
export function carryDescriptorOwners(subject: Subject): Carried {
  const found = subject.descriptors.ofFormatsOrFlags(new Set([FileFormat.pipe, FileFormat.socket]), O_ASYNC);
  if (found.length === 0) return NOTHING;
  const owned = ownersOf(subject, found);
  const count = owned.filter(({ owner }) => owner.id !== 0).length;
  const detail = `who gets the signals of ${counted(count, "descriptor")} (O_ASYNC, F_SETOWN)`;
  return {
    reach: "process",
    restore: (fresh, threadAt) => restore(fresh, threadAt, owned),
    // The others are the live program's, too.
    restoreBeside: (fresh, threadAt) =>
      restore(
        fresh,
        threadAt,
        owned.filter(({ isMade }) => isMade),
      ),
    fidelity: () => (count > 0 ? [{ resource: "descriptor owners", state: "restored", detail }] : []),
  };
}

function ownersOf(subject: Subject, found: readonly Descriptor[]): Owned[] {
  const { live, records } = subject;
  const made = new Set(
    [judgePipes(subject), judgeSockets(subject)].flatMap(({ connections }) =>
      connections
        .filter(({ other }) => other === NOBODY)
        .flatMap(({ ends }) => ends.flat().map(({ number }) => number)),
    ),
  );
  const owners = readOwners(
    live.processId,
    found.map(({ number }) => number),
  );
  const tids = Array.from({ length: records.count }, (_, index) => records.tid(index));
  return found.flatMap((descriptor, index) => {
    const owner = owners[index] ?? { type: 0, id: 0, signal: 0 };
    const isMade = made.has(descriptor.number);
    if (isMade && owner.id === 0 && owner.signal === 0 && (descriptor.flags & O_ASYNC) === 0) return [];
    const place = owner.type === F_OWNER_TID ? tids.indexOf(owner.id) : -1;
    const own = place >= 0 ? place : owner.id === live.processId ? "process" : undefined;
    return [{ descriptor, owner, own, isMade }];
  });
}

/** In ids as the adapter knows them. */
function readOwners(processId: number, numbers: readonly number[]): Owner[] {
  const fds = Buffer.from(Int32Array.from(numbers).buffer);
  const bytes = Buffer.alloc(numbers.length * RECORD);
  const result = shim.readOwners(processId, fds, numbers.length, bytes);
  const results = [result, ...numbers.map((_, index) => bytes.readInt32LE(index * RECORD))];
  const failure = results.find((one) => one < 0);
  if (failure !== undefined)
    throw new TargetError(`Who gets their signals cannot be read (${errorName(failure)}).`);
  return numbers.map((_, index) => ({
    type: bytes.readInt32LE(index * RECORD + 4),
    id: bytes.readInt32LE(index * RECORD + 8),
    signal: bytes.readInt32LE(index * RECORD + 12),
  }));
}

function restore(fresh: RemoteThread, threadAt: ThreadAt, owned: readonly Owned[]): void {
  if (owned.length === 0) return;
  const now = readOwners(
    fresh.processId,
    owned.map(({ descriptor }) => descriptor.number),
  );
  const failed = runOperations(
    fresh,
    owned.flatMap((one, index) => {
      const { descriptor, owner } = one;
      const isAsync = one.isMade && (descriptor.flags & O_ASYNC) !== 0;
      const isSame = owner.id === 0 && now[index]?.id === 0 && now[index].signal === owner.signal;
      return isSame && !isAsync ? [] : [setOwner(one, idNow(one, fresh, threadAt))];
    }),
  );
  if (failed.length > 0) throw new TargetError(`Who gets the signals of ${failed.join(", ")}.`);
}

/** As the program knows it. */
function idNow({ owner, own }: Owned, fresh: RemoteThread, threadAt: ThreadAt): number {
  if (own === undefined) return owner.id === 0 ? 0 : idInside(owner.id);
  return own === "process" ? fresh.knownProcessId : threadAt(own).knownTid;
}

function setOwner({ descriptor, owner, isMade }: Owned, id: number): RemoteOperation {
  const { number, flags } = descriptor;
  // The number under which that is set is told with the signal (si_fd), so it is not set before.
  const setFlags: RemoteCall[] =
    isMade && (flags & O_ASYNC) !== 0 ? [[SYS_FCNTL, number, F_SETFL, flags]] : [];
  return {
    what: `descriptor ${number}`,
    data: Buffer.from(Int32Array.of(owner.type, id).buffer),
    calls: (address) => [
      [SYS_FCNTL, number, F_SETOWN_EX, address],
      [SYS_FCNTL, number, F_SETSIG, owner.signal],
      ...setFlags,
    ],
  };
}
