/**
 * Process group and session of a program that leads them (setpgid(2), setsid(2)). A copy is in its maker's, and as long as it
 * is, their id is taken: nothing with that process id can be made.
 */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { ProcessMemory } from "../../processMemory";
import { RemoteThread } from "../../remote/remoteThread";
import { NOTHING, type Carried, type Subject } from "../carried";

/** asm/unistd_64.h */
const SETPGID = 109;
const SETSID = 112;

/** Leads what the program leads, in a copy of it. Throws TargetError. */
function lead(copy: RemoteThread, leadsSession: boolean): void {
  const result = leadsSession ? copy.call(SETSID) : copy.call(SETPGID, 0, 0);
  if (result < 0n)
    throw new TargetError(`The copy cannot lead a ${leadsSession ? "session" : "process group"}.`);
}

/** Has the frozen copy lead a group of its own, and a fresh copy lead the program's again. */
export function carryProcessGroup({ live, copy, records, intervals }: Subject): Carried {
  const { processGroup, session } = intervals.groups();
  const isLeaderThere = records.tid(0) === live.processId;
  const own = BigInt(isLeaderThere ? records.knownTid(0) : live.knownProcessId);
  if (processGroup !== own) return NOTHING;
  const leadsSession = session === own;
  const memory = ProcessMemory.open(copy);
  try {
    lead(new RemoteThread(copy, copy, memory, live.site), leadsSession);
  } finally {
    memory.close();
  }
  return {
    reach: "process",
    restore: (fresh) => lead(fresh, leadsSession),
    fidelity: () => describe(leadsSession),
  };
}

function describe(leadsSession: boolean): Fidelity[] {
  if (!leadsSession)
    return [{ resource: "process group", state: "restored", detail: "the program leads its own" }];
  const detail =
    "the program leads its own; a terminal that it has taken is not its controlling one any more";
  return [{ resource: "session", state: "approximate", detail }];
}
