/**
 * System V semaphores, message queues and shared memory that is not attached (sysvipc(7)). They are of no process; the
 * kernel tells who made and who used each last.
 */
import { readFileSync } from "node:fs";
import type { Fidelity } from "../../../checkpointer";
import { mappingsOf } from "../../mappings";
import type { RemoteCall, RemoteThread } from "../../remote/remoteThread";
import { NOTHING, type Carried, type Subject } from "../carried";
import { counted } from "../files/descriptors";

/** asm/unistd_64.h, semctl(2). */
const SYS_SEMCTL = 66;
const GETPID = 11;
/** Semaphores that are asked for in all, and in one run. */
const MOST_SEMAPHORES = 300;
const AT_ONCE = 30;

type Line = Readonly<Record<string, number>>;

/** The lines of /proc/sysvipc/KIND by the names of their fields (proc(5)). */
function listOf(kind: "sem" | "msg" | "shm"): Line[] {
  let text: string;
  try {
    text = readFileSync(`/proc/sysvipc/${kind}`, "latin1");
  } catch {
    return [];
  }
  const [head = "", ...lines] = text.trimEnd().split("\n");
  const names = head.trim().split(/\s+/);
  return lines.map((line) => {
    const values = line.trim().split(/\s+/).map(Number);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? 0]));
  });
}

/** Says what the program has used of them. */
export function carrySystemV(subject: Subject): Carried {
  const { holdings, live } = subject;
  const lines = [
    ...(holdings.has("semaphores") ? semaphores(live) : []),
    ...(holdings.has("messages") ? messages(live) : []),
    ...(holdings.has("segments") ? detached(subject) : []),
  ];
  return lines.length === 0 ? NOTHING : { reach: "process", restore: () => undefined, fidelity: () => lines };
}

function semaphores(live: RemoteThread): Fidelity[] {
  const each = listOf("sem")
    .flatMap(({ semid = 0, nsems = 0 }) => Array.from({ length: nsems }, (_, at) => [semid, at] as const))
    .slice(0, MOST_SEMAPHORES);
  const known = BigInt(live.knownProcessId);
  const used = new Set<number>();
  for (let from = 0; from < each.length; from += AT_ONCE) {
    const some = each.slice(from, from + AT_ONCE);
    const users = live.calls(some.map(([set, at]): RemoteCall => [SYS_SEMCTL, set, at, GETPID]));
    some.forEach(([set], index) => users[index] === known && used.add(set));
  }
  const detail = `${counted(used.size, "set")}: values stay as they are now, and what is to be taken back at the program's end (SEM_UNDO) is taken back by the restart`;
  return used.size > 0 ? [{ resource: "System V semaphores", state: "notRestored", detail }] : [];
}

function messages({ processId }: RemoteThread): Fidelity[] {
  const used = listOf("msg").filter(({ lspid, lrpid }) => lspid === processId || lrpid === processId).length;
  const detail = `${counted(used, "System V queue")}: messages stay as they are now`;
  return used > 0 ? [{ resource: "message queues", state: "notRestored", detail }] : [];
}

/** What is attached is shared memory like other (sharedMemory.ts). */
function detached(subject: Subject): Fidelity[] {
  const { processId } = subject.live;
  const used = listOf("shm").filter(({ cpid, lpid }) => cpid === processId || lpid === processId);
  if (used.length === 0) return [];
  const areas =
    subject.memory.shared === 0 ? [] : mappingsOf(subject).filter(({ path }) => path.startsWith("/SYSV"));
  const attached = new Set(areas.map(({ inode }) => inode));
  const count = used.filter(({ shmid }) => !attached.has(shmid ?? -1)).length;
  const detail = `${counted(count, "System V segment")} that is not attached: what is in it stays as it is now`;
  return count > 0 ? [{ resource: "shared memory", state: "notRestored", detail }] : [];
}
