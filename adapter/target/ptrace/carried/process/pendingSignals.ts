/** Signals that wait for a thread or for the whole program (signal(7)), with the data they came with. */
import type { Fidelity } from "../../../checkpointer";
import { TargetError } from "../../../target";
import { statusOf } from "../../procStatus";
import { CALL_SIZE, type RemoteCall, type RemoteThread } from "../../remote/remoteThread";
import { errorName } from "../../shim";
import { fromItself, signalName } from "../../signals";
import { NOTHING, type Carried, type Subject, type ThreadAt } from "../carried";
import { INFO_SIZE, signalQueuesOf, type Queue } from "./signalQueues";

/** asm/unistd_64.h */
const RT_SIGQUEUEINFO = 129;
const RT_TGSIGQUEUEINFO = 297;
const AT_ONCE = 64;

/** Notes what waits. */
export function carryPendingSignals(subject: Subject): Carried {
  const { queues } = signalQueuesOf(subject);
  if (queues.length === 0) return NOTHING;
  const { live } = subject;
  const sender = live.knownProcessId;
  const risk = riskOfLoss(live.tid);
  return {
    reach: "process",
    restore: (fresh, threadAt) => queues.forEach((queue) => refill(queue, sender, fresh, threadAt)),
    fidelity: () =>
      describe(
        queues.flatMap(({ infos }) => infos),
        risk,
      ),
  };
}

/**
 * Has a thread send the signals to itself: only so the kernel takes every si_code (rt_sigqueueinfo(2)). They are blocked
 * meanwhile, and wait as they did.
 */
function refill({ thread, infos }: Queue, processId: number, leader: RemoteThread, threadAt: ThreadAt): void {
  const remote = thread === undefined ? leader : threadAt(thread);
  const own = remote.knownProcessId;
  const tid = remote.knownTid;
  const limit = Math.max(1, Math.min(AT_ONCE, Math.floor(remote.dataLimit(0) / (INFO_SIZE + CALL_SIZE))));
  for (let first = 0; first < infos.length; first += limit) {
    const some = infos.slice(first, first + limit).map((info) => fromItself(info, processId, own));
    const calls = some.map((info, index): RemoteCall => {
      const number = info.readInt32LE(0);
      const address = remote.dataAddress + BigInt(index * INFO_SIZE);
      return thread === undefined
        ? [RT_SIGQUEUEINFO, own, number, address]
        : [RT_TGSIGQUEUEINFO, own, tid, number, address];
    });
    const failed = remote.calls(calls, Buffer.concat(some)).find((result) => result < 0n);
    if (failed !== undefined)
      throw new TargetError(`Pending signals could not be queued again (${errorName(Number(failed))}).`);
  }
}

/** Why not all may be queued again: the limit has been lowered below what waits (proc(5), SigQ; setrlimit(2), RLIMIT_SIGPENDING). */
function riskOfLoss(tid: number): string | undefined {
  const [, queued, limit] = /^SigQ:\s*(\d+)\/(\d+)$/m.exec(statusOf(tid)) ?? [];
  if (queued === undefined || Number(queued) <= Number(limit)) return undefined;
  return `; of the user's, ${queued} are queued and ${limit} may be (ulimit -i), so that some may be lost`;
}

function describe(infos: readonly Buffer[], risk: string | undefined): Fidelity[] {
  if (infos.length === 0) return [];
  const kinds = new Set(infos.map((info) => signalName(info.readInt32LE(0))));
  const detail = `${infos.length}, with their data: ${[...kinds].join(", ")}${risk ?? ""}`;
  return [{ resource: "pending signals", state: risk === undefined ? "restored" : "approximate", detail }];
}
